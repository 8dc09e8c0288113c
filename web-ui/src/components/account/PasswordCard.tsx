import { type FormEvent, useState } from "react";
import { toast } from "sonner";

import { ApiError, messageOf } from "@/api/errors";
import { useChangePassword } from "@/api/session";
import { Button } from "@/components/ui/Button";
import { Card, CardHeader } from "@/components/ui/Card";
import { Field } from "@/components/ui/Field";
import { Input } from "@/components/ui/Input";
import { Notice } from "@/components/ui/Notice";

export function PasswordCard() {
  const change = useChangePassword();
  const [mismatch, setMismatch] = useState(false);
  const fields = change.error instanceof ApiError ? change.error.fields : [];
  const errorAt = (path: string) => fields.find((field) => field.path === path)?.message;

  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const form = event.currentTarget;
    const data = new FormData(form);
    const differs = data.get("new") !== data.get("repeat");
    setMismatch(differs);
    if (differs) return;
    change.mutate(
      { current: String(data.get("current")), new: String(data.get("new")) },
      {
        onSuccess: () => {
          form.reset();
          toast.success("Password changed");
        },
      },
    );
  };

  return (
    <Card>
      <CardHeader title="Password" description="Every other login of yours ends when it changes." />
      <form onSubmit={submit} className="grid max-w-md gap-4 p-4">
        {change.isError && fields.length === 0 && <Notice tone="danger">{messageOf(change.error)}</Notice>}
        <Field label="Current password" error={errorAt("current")}>
          <Input name="current" type="password" required autoComplete="current-password" />
        </Field>
        <Field label="New password" help="At least 8 characters." error={errorAt("new")}>
          <Input name="new" type="password" required minLength={8} autoComplete="new-password" />
        </Field>
        <Field label="Repeat new password" error={mismatch ? "The passwords differ." : null}>
          <Input name="repeat" type="password" required autoComplete="new-password" />
        </Field>
        <Button type="submit" variant="primary" className="w-max" busy={change.isPending}>
          Change password
        </Button>
      </form>
    </Card>
  );
}
