import Form from "@rjsf/core/lib/components/Form.js";
import type { ErrorSchema, RJSFSchema } from "@rjsf/utils";
import { type ReactNode, useMemo } from "react";

import type { FieldError } from "@/api/errors";
import type { Config } from "@/api/types";

import { errorTree, formSchema, uiSchemaOf } from "./schema";
import { SecretField } from "./SecretField";
import {
  ArrayFieldItemTemplate,
  ArrayFieldTemplate,
  FieldTemplate,
  ObjectFieldTemplate,
} from "./templates";
import { validator } from "./validator";
import {
  BytesWidget,
  CheckboxesWidget,
  CheckboxWidget,
  type FormContext,
  OptionsWidget,
  RangeWidget,
  SelectWidget,
  TextareaWidget,
  TextInput,
} from "./widgets";

const templates = {
  BaseInputTemplate: TextInput,
  FieldTemplate,
  ObjectFieldTemplate,
  ArrayFieldTemplate,
  ArrayFieldItemTemplate,
};

const widgets = {
  SelectWidget,
  CheckboxWidget,
  CheckboxesWidget,
  TextareaWidget,
  RangeWidget,
  // The hints name these two.
  bytes: BytesWidget,
  options: OptionsWidget,
};

const fields = { secret: SecretField };

interface Props {
  /** JSON Schema 2020-12 with `x-nvr` hints, as the server gives it. */
  schema: Record<string, unknown>;
  value: Config;
  onChange: (value: Config) => void;
  onSubmit: (value: Config) => void;
  /** What the server refused. */
  errors: readonly FieldError[];
  loadOptions?: FormContext["loadOptions"];
  optionsKey?: readonly unknown[];
  disabled?: boolean;
  /** Starts the ids of the fields; needed when a page has several forms. */
  id: string;
  /** Buttons; one of them submits. */
  children: ReactNode;
}

/** A form for any configuration: rendered from its schema, errors at the fields. */
export function SchemaForm(props: Props) {
  const { schema, value, onChange, onSubmit, errors, loadOptions, optionsKey, id, children } = props;
  const shown = useMemo(() => formSchema(schema as RJSFSchema), [schema]);
  const uiSchema = useMemo(() => uiSchemaOf(shown, value), [shown, value]);
  const extraErrors = useMemo(() => errorTree(errors) as ErrorSchema<Config>, [errors]);
  const context = useMemo<FormContext>(
    () => ({ ...(loadOptions && { loadOptions }), optionsKey: optionsKey ?? [id] }),
    [loadOptions, optionsKey, id],
  );
  return (
    <Form<Config, RJSFSchema, FormContext>
      id={id}
      idPrefix={id}
      schema={shown}
      uiSchema={uiSchema}
      formData={value}
      validator={validator as never}
      templates={templates as never}
      widgets={widgets as never}
      fields={fields as never}
      formContext={context}
      extraErrors={extraErrors}
      showErrorList={false}
      noHtml5Validate
      focusOnFirstError
      disabled={props.disabled ?? false}
      onChange={(event) => onChange(event.formData ?? {})}
      onSubmit={(event) => onSubmit(event.formData ?? {})}
      // The fields show what is wrong; by default it would go to the console as well.
      onError={() => undefined}
    >
      {children}
    </Form>
  );
}
