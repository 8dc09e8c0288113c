import { type FormEvent, useState } from "react";

import { ApiError, messageOf } from "@/api/errors";
import { useSetup } from "@/api/session";
import { EntryCard } from "@/components/shell/EntryCard";
import { Button } from "@/components/ui/Button";
import { Field } from "@/components/ui/Field";
import { Input } from "@/components/ui/Input";
import { Notice } from "@/components/ui/Notice";

export function SetupPage() {
  const setup = useSetup();
  const [mismatch, setMismatch] = useState(false);
  const codeWrong = setup.error instanceof ApiError && setup.error.code === "wrong_setup_code";

  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const password = String(form.get("password"));
    const differs = password !== form.get("repeat");
    setMismatch(differs);
    if (differs) return;
    setup.mutate({
      code: String(form.get("code")).trim(),
      username: String(form.get("username")).trim(),
      password,
    });
  };

  return (
    <EntryCard
      title="Create your account"
      text="This recorder is new. The setup code is printed where the server was started."
    >
      <form onSubmit={submit} className="grid gap-4">
        {setup.isError && !codeWrong && <Notice tone="danger">{messageOf(setup.error)}</Notice>}
        <Field label="Setup code" error={codeWrong ? messageOf(setup.error) : null}>
          <Input name="code" required autoFocus autoComplete="off" spellCheck={false} />
        </Field>
        <Field label="Username">
          <Input name="username" required maxLength={64} autoComplete="username" />
        </Field>
        <Field label="Password" help="At least 8 characters.">
          <Input name="password" type="password" required minLength={8} autoComplete="new-password" />
        </Field>
        <Field label="Repeat password" error={mismatch ? "The passwords differ." : null}>
          <Input name="repeat" type="password" required autoComplete="new-password" />
        </Field>
        <Button type="submit" variant="primary" busy={setup.isPending}>
          Create account
        </Button>
      </form>
    </EntryCard>
  );
}
