import type { BaseInputTemplateProps, WidgetProps } from "@rjsf/utils";
import { useQuery } from "@tanstack/react-query";

import { messageOf } from "@/api/errors";
import { fieldLook, Input } from "@/components/ui/Input";
import { Switch } from "@/components/ui/Switch";
import { cn } from "@/lib/cn";
import { formatBytes } from "@/lib/format";

import type { Hints } from "./schema";

/** What a form gives all of its widgets. */
export interface FormContext {
  /** Asks the server for the values that a field may take; absent where nobody can be asked. */
  loadOptions?: (field: string) => Promise<{ value: string; title: string }[]>;
  /** Changes whenever the answers of `loadOptions` may change. */
  optionsKey: readonly unknown[];
}

function described(id: string, rawErrors?: string[]) {
  return {
    "aria-describedby": `${id}__note`,
    "aria-invalid": rawErrors?.length ? (true as const) : undefined,
  };
}

/** Text and numbers. */
export function TextInput(props: BaseInputTemplateProps) {
  const { id, value, required, disabled, readonly, onChange, schema, options, rawErrors, placeholder } = props;
  const numeric = schema.type === "number" || schema.type === "integer";
  const unit = (options as Hints).unit;
  return (
    <div className="relative">
      <Input
        id={id}
        name={id}
        type={numeric ? "number" : "text"}
        inputMode={schema.type === "integer" ? "numeric" : undefined}
        step={schema.type === "integer" ? 1 : "any"}
        min={schema.minimum}
        max={schema.maximum}
        value={(value as string | number | undefined) ?? ""}
        required={required}
        disabled={disabled || readonly}
        placeholder={placeholder || example(schema.examples)}
        autoComplete="off"
        spellCheck={false}
        className={unit ? "pr-16" : undefined}
        onChange={(event) => onChange(parse(event.target.value, numeric))}
        {...described(id, rawErrors)}
      />
      {unit && (
        <span className="pointer-events-none absolute inset-y-0 right-3 flex items-center text-xs text-muted">
          {unit}
        </span>
      )}
    </div>
  );
}

function parse(text: string, numeric: boolean): string | number | undefined {
  if (text === "") return undefined;
  return numeric ? Number(text) : text;
}

function example(examples: unknown): string | undefined {
  const first: unknown = Array.isArray(examples) ? examples[0] : undefined;
  return first === undefined ? undefined : String(first);
}

export function TextareaWidget({ id, value, disabled, readonly, onChange, rawErrors }: WidgetProps) {
  return (
    <textarea
      id={id}
      rows={4}
      value={(value as string | undefined) ?? ""}
      disabled={disabled || readonly}
      onChange={(event) => onChange(event.target.value || undefined)}
      className={cn(fieldLook, "py-2")}
      {...described(id, rawErrors)}
    />
  );
}

interface ChoiceProps {
  props: WidgetProps;
  choices: { value: unknown; label: string }[];
}

function Choice({ props, choices }: ChoiceProps) {
  const { id, value, required, disabled, readonly, onChange, rawErrors, schema } = props;
  const chosen = choices.findIndex((choice) => choice.value === value);
  const mayBeEmpty = !required || chosen === -1;
  return (
    <select
      id={id}
      value={chosen === -1 ? "" : String(chosen)}
      disabled={disabled || readonly}
      onChange={(event) => {
        const choice = event.target.value === "" ? undefined : choices[Number(event.target.value)];
        onChange(choice?.value);
      }}
      className={cn(fieldLook, "h-9")}
      {...described(id, rawErrors)}
    >
      {mayBeEmpty && schema.default === undefined && <option value="">Choose…</option>}
      {choices.map((choice, i) => (
        <option key={choice.label} value={i}>
          {choice.label}
        </option>
      ))}
    </select>
  );
}

export function SelectWidget(props: WidgetProps) {
  const choices = (props.options.enumOptions ?? []).map(({ value, label }) => ({
    value: value as unknown,
    label,
  }));
  return <Choice props={props} choices={choices} />;
}

/** Values that the component itself offers, read when the form opens. */
export function OptionsWidget(props: WidgetProps) {
  const { id, registry, options, value } = props;
  const context = registry.formContext as FormContext;
  const field = (options as Hints).options_from ?? "";
  const answer = useQuery({
    queryKey: ["options", ...context.optionsKey, field],
    queryFn: () => context.loadOptions?.(field) ?? [],
    retry: false,
  });
  if (!context.loadOptions || answer.isError) {
    return (
      <>
        <TextInput {...props} />
        {answer.isError && (
          <p className="text-xs text-muted">The choices cannot be read: {messageOf(answer.error)}</p>
        )}
      </>
    );
  }
  if (answer.isPending) {
    return <div id={id} aria-busy className={cn(fieldLook, "h-9 animate-pulse")} />;
  }
  const choices: { value: unknown; label: string }[] = answer.data.map((option) => ({
    value: option.value,
    label: option.title,
  }));
  if (value !== undefined && !choices.some((choice) => choice.value === value)) {
    choices.unshift({ value, label: `${String(value)} (not offered now)` });
  }
  return <Choice props={props} choices={choices} />;
}

export function CheckboxWidget({ id, value, disabled, readonly, onChange, label }: WidgetProps) {
  return (
    <span className="flex items-center gap-3">
      <Switch
        id={id}
        checked={value === true}
        disabled={disabled || readonly}
        onCheckedChange={(checked) => onChange(checked)}
        aria-describedby={`${id}__note`}
      />
      <label htmlFor={id} className="text-[13px] font-medium">
        {label}
      </label>
    </span>
  );
}

/** Several of a list of values. */
export function CheckboxesWidget({ id, value, disabled, readonly, onChange, options }: WidgetProps) {
  const chosen = Array.isArray(value) ? (value as unknown[]) : [];
  return (
    <div id={id} role="group" className="flex flex-wrap gap-x-4 gap-y-2">
      {(options.enumOptions ?? []).map((option) => (
        <label key={option.label} className="flex items-center gap-2 text-sm">
          <input
            type="checkbox"
            checked={chosen.includes(option.value)}
            disabled={disabled || readonly}
            className="size-4 accent-accent-strong"
            onChange={(event) =>
              onChange(
                event.target.checked
                  ? [...chosen, option.value]
                  : chosen.filter((item) => item !== option.value),
              )
            }
          />
          {option.label}
        </label>
      ))}
    </div>
  );
}

export function RangeWidget({ id, value, disabled, readonly, onChange, schema, options, rawErrors }: WidgetProps) {
  const current = (value as number | undefined) ?? schema.minimum ?? 0;
  const unit = (options as Hints).unit;
  return (
    <div className="flex h-9 items-center gap-3">
      <input
        id={id}
        type="range"
        min={schema.minimum ?? 0}
        max={schema.maximum ?? 100}
        step={schema.multipleOf ?? (schema.type === "integer" ? 1 : 0.01)}
        value={current}
        disabled={disabled || readonly}
        onChange={(event) => onChange(Number(event.target.value))}
        className="w-full accent-accent-strong"
        {...described(id, rawErrors)}
      />
      <output className="w-20 shrink-0 text-right text-sm tabular-nums">
        {current}
        {unit && ` ${unit}`}
      </output>
    </div>
  );
}

const BYTE_UNITS = [
  { label: "MB", factor: 1_000_000 },
  { label: "GB", factor: 1_000_000_000 },
  { label: "TB", factor: 1_000_000_000_000 },
];

/** A size in bytes, typed in the unit that fits it. */
export function BytesWidget({ id, value, disabled, readonly, onChange, rawErrors }: WidgetProps) {
  const bytes = typeof value === "number" ? value : undefined;
  const unit =
    [...BYTE_UNITS].reverse().find(({ factor }) => (bytes ?? 0) >= factor) ?? BYTE_UNITS[1];
  const factor = unit?.factor ?? 1;
  return (
    <div className="flex items-center gap-2">
      <Input
        id={id}
        type="number"
        min={0}
        step="any"
        value={bytes === undefined ? "" : bytes / factor}
        disabled={disabled || readonly}
        onChange={(event) =>
          onChange(event.target.value === "" ? undefined : Math.round(Number(event.target.value) * factor))
        }
        {...described(id, rawErrors)}
      />
      <select
        aria-label="Unit"
        value={factor}
        disabled={disabled || readonly}
        onChange={(event) => onChange(Math.round(((bytes ?? 0) / factor) * Number(event.target.value)))}
        className={cn(fieldLook, "h-9 w-24")}
        title={bytes === undefined ? undefined : formatBytes(bytes)}
      >
        {BYTE_UNITS.map((item) => (
          <option key={item.label} value={item.factor}>
            {item.label}
          </option>
        ))}
      </select>
    </div>
  );
}
