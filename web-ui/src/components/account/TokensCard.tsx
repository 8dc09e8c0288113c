import { useQuery } from "@tanstack/react-query";
import { Trash2 } from "lucide-react";
import type { FormEvent } from "react";
import { toast } from "sonner";

import { messageOf } from "@/api/errors";
import { tokensQuery, useCreateToken, useDeleteToken } from "@/api/session";
import { Button } from "@/components/ui/Button";
import { Card, CardHeader } from "@/components/ui/Card";
import { Field } from "@/components/ui/Field";
import { Input } from "@/components/ui/Input";
import { Notice } from "@/components/ui/Notice";
import { formatAgo } from "@/lib/format";

/** Tokens with which programs log in. */
export function TokensCard() {
  const tokens = useQuery(tokensQuery);
  const create = useCreateToken();
  const remove = useDeleteToken();

  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const form = event.currentTarget;
    create.mutate(String(new FormData(form).get("name")).trim(), {
      onSuccess: () => form.reset(),
      onError: (error) => toast.error(messageOf(error)),
    });
  };

  return (
    <Card>
      <CardHeader title="API tokens" description="For programs that use the API in your name." />
      <div className="grid gap-4 p-4">
        {create.data && (
          <Notice title="Copy the token now: it is not shown again">
            <code data-testid="new-token" className="text-xs break-all text-text select-all">
              {create.data.token}
            </code>
          </Notice>
        )}
        <ul className="divide-y">
          {tokens.data?.map((token) => (
            <li key={token.id} data-testid="token" className="flex items-center justify-between gap-3 py-2">
              <div className="min-w-0">
                <p className="truncate text-sm font-medium">{token.name}</p>
                <p className="text-xs text-muted">
                  Made {formatAgo(token.created_at)}, used {formatAgo(token.last_used_at)}
                </p>
              </div>
              <Button
                variant="ghost"
                size="icon"
                aria-label={`Delete token ${token.name}`}
                onClick={() => remove.mutate(token.id, { onError: (error) => toast.error(messageOf(error)) })}
              >
                <Trash2 className="size-4" />
              </Button>
            </li>
          ))}
        </ul>
        <form onSubmit={submit} className="flex max-w-md items-end gap-2">
          <div className="grow">
            <Field label="Token name">
              <Input name="name" required maxLength={80} placeholder="Home automation" />
            </Field>
          </div>
          <Button type="submit" busy={create.isPending}>
            Make token
          </Button>
        </form>
      </div>
    </Card>
  );
}
