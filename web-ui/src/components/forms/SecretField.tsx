import type { FieldProps } from "@rjsf/utils";
import { KeyRound } from "lucide-react";
import { useState } from "react";

import { Button } from "@/components/ui/Button";
import { Input } from "@/components/ui/Input";

/** A secret: what is stored is never shown; it can be kept, replaced or removed. */
export function SecretField({ fieldPathId, formData, onChange, schema, name, required, rawErrors }: FieldProps) {
  const [kept] = useState<unknown>(formData);
  const stored = isStored(kept);
  const id = fieldPathId.$id;
  const label = schema.title ?? name;
  const set = (value: unknown): void => onChange(value as never, fieldPathId.path);

  const showsStored = isStored(formData);
  const removed = stored && formData === null;
  return (
    <div className="grid gap-1.5">
      <label htmlFor={id} className="text-[13px] font-medium">
        {label}
        {required && <span className="text-muted"> (needed)</span>}
      </label>
      <div className="flex items-center gap-2">
        {showsStored || removed ? (
          <p
            id={id}
            className="flex h-9 grow items-center gap-2 rounded-lg border border-dashed px-3 text-sm text-muted"
          >
            <KeyRound aria-hidden className="size-3.5" />
            {removed ? "Removed when you save" : "Stored"}
          </p>
        ) : (
          <Input
            id={id}
            type="password"
            autoComplete="new-password"
            value={typeof formData === "string" ? formData : ""}
            aria-invalid={rawErrors?.length ? true : undefined}
            onChange={(event) => set(event.target.value || undefined)}
          />
        )}
        {showsStored && (
          <>
            <Button size="sm" onClick={() => set(undefined)} aria-label={`Replace ${label}`}>
              Replace
            </Button>
            <Button size="sm" onClick={() => set(null)} aria-label={`Remove ${label}`}>
              Remove
            </Button>
          </>
        )}
        {stored && !showsStored && (
          <Button size="sm" onClick={() => set(kept)} aria-label={`Keep ${label}`}>
            Keep stored
          </Button>
        )}
      </div>
      {schema.description && <p className="text-xs text-muted">{schema.description}</p>}
    </div>
  );
}

function isStored(value: unknown): boolean {
  return typeof value === "object" && value !== null && (value as { set?: unknown }).set === true;
}
