import type { FormEvent } from "react";

import { messageOf } from "@/api/errors";
import { useLogin } from "@/api/session";
import { EntryCard } from "@/components/shell/EntryCard";
import { Button } from "@/components/ui/Button";
import { Field } from "@/components/ui/Field";
import { Input } from "@/components/ui/Input";
import { Notice } from "@/components/ui/Notice";

export function LoginPage() {
  const login = useLogin();

  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    login.mutate({
      username: String(form.get("username")).trim(),
      password: String(form.get("password")),
    });
  };

  return (
    <EntryCard title="Log in" text="Welcome back.">
      <form onSubmit={submit} className="grid gap-4">
        {login.isError && <Notice tone="danger">{messageOf(login.error)}</Notice>}
        <Field label="Username">
          <Input name="username" autoComplete="username" required autoFocus />
        </Field>
        <Field label="Password">
          <Input name="password" type="password" autoComplete="current-password" required />
        </Field>
        <Button type="submit" variant="primary" busy={login.isPending}>
          Log in
        </Button>
      </form>
    </EntryCard>
  );
}
