import type {
  ArrayFieldItemTemplateProps,
  ArrayFieldTemplateProps,
  FieldTemplateProps,
  ObjectFieldTemplateProps,
  RJSFSchema,
} from "@rjsf/utils";
import { ChevronRight, Plus, Trash2 } from "lucide-react";
import type { ReactNode } from "react";

import { Button } from "@/components/ui/Button";
import { FieldProblem } from "@/components/ui/Field";

import { hintsOf } from "./schema";

/** A field with label, help and errors. */
export function FieldTemplate(props: FieldTemplateProps) {
  const { id, label, children, rawErrors, rawDescription, hidden, required, displayLabel, schema, uiSchema } = props;
  if (hidden || uiSchema?.["ui:widget"] === "hidden") return <div hidden>{children}</div>;
  const isContainer = schema.type === "object" || schema.type === "array";
  const ownLabel = schema.type === "boolean" || uiSchema?.["ui:field"] === "secret" || isContainer;
  const help = uiSchema?.["ui:field"] === "secret" || isContainer ? null : rawDescription;
  return (
    <div className="grid content-start gap-1.5" data-field={id}>
      {displayLabel && !ownLabel && (
        <label htmlFor={id} className="text-[13px] font-medium">
          {label}
          {required && <span className="text-muted"> (needed)</span>}
        </label>
      )}
      {children}
      <div id={`${id}__note`} className="grid gap-1 empty:hidden">
        {rawErrors?.map((error) => (
          <FieldProblem key={error}>{error}</FieldProblem>
        ))}
        {help && !rawErrors?.length && <p className="text-xs text-muted">{help}</p>}
      </div>
    </div>
  );
}

/** Fields of an object: ungrouped ones, then its groups, then the advanced ones folded away. */
export function ObjectFieldTemplate(props: ObjectFieldTemplateProps) {
  const { properties, schema, title, description, fieldPathId } = props;
  const isRoot = fieldPathId.path.length === 0;
  const groups = new Map<string, ReactNode[]>();
  const advanced: ReactNode[] = [];
  let advancedErrors = false;
  for (const property of properties) {
    const field = schema.properties?.[property.name];
    const hints = typeof field === "object" ? hintsOf(field as RJSFSchema) : {};
    if (hints.advanced) {
      advanced.push(property.content);
      advancedErrors ||= props.errorSchema?.[property.name] !== undefined;
    } else {
      const group = hints.group ?? "";
      groups.set(group, [...(groups.get(group) ?? []), property.content]);
    }
  }
  return (
    <fieldset id={fieldPathId.$id} className={isRoot ? "grid gap-5" : "grid gap-4 rounded-lg border p-4"}>
      {title && !isRoot && <legend className="px-1 text-[13px] font-medium">{title}</legend>}
      {description && !isRoot && <p className="text-xs text-muted">{description}</p>}
      {[...groups].map(([group, fields]) =>
        group ? (
          <section key={group} className="grid gap-3">
            <h3 className="text-xs font-semibold tracking-wide text-muted uppercase">{group}</h3>
            <Fields>{fields}</Fields>
          </section>
        ) : (
          <Fields key="">{fields}</Fields>
        ),
      )}
      {advanced.length > 0 && (
        <details className="group" open={advancedErrors || undefined}>
          <summary className="flex w-max cursor-pointer list-none items-center gap-1 text-[13px] text-muted hover:text-text">
            <ChevronRight aria-hidden className="size-4 transition-transform group-open:rotate-90" />
            Advanced
          </summary>
          <div className="pt-4">
            <Fields>{advanced}</Fields>
          </div>
        </details>
      )}
    </fieldset>
  );
}

function Fields({ children }: { children: ReactNode }) {
  return <div className="grid gap-4">{children}</div>;
}

export function ArrayFieldTemplate({ items, canAdd, onAddClick, title, schema, fieldPathId, disabled }: ArrayFieldTemplateProps) {
  return (
    <fieldset id={fieldPathId.$id} className="grid gap-2 rounded-lg border p-4">
      <legend className="px-1 text-[13px] font-medium">{title}</legend>
      {schema.description && <p className="text-xs text-muted">{schema.description}</p>}
      {items}
      {canAdd && (
        <Button size="sm" className="w-max" onClick={() => onAddClick()} disabled={disabled}>
          <Plus aria-hidden className="size-4" /> Add
        </Button>
      )}
    </fieldset>
  );
}

export function ArrayFieldItemTemplate({ children, buttonsProps, index }: ArrayFieldItemTemplateProps) {
  return (
    <div className="flex items-start gap-2">
      <div className="min-w-0 grow">{children}</div>
      {buttonsProps.hasRemove && (
        <Button
          size="icon"
          variant="ghost"
          aria-label={`Remove item ${index + 1}`}
          onClick={() => buttonsProps.onRemoveItem()}
        >
          <Trash2 className="size-4" />
        </Button>
      )}
    </div>
  );
}
