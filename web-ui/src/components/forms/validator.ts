import { type OutputUnit, type Schema, Validator } from "@cfworker/json-schema";
import {
  type RJSFSchema,
  type RJSFValidationError,
  toErrorSchema,
  type ValidationData,
  type ValidatorType,
} from "@rjsf/utils";

import { withoutNulls } from "./schema";

/**
 * Validates forms by JSON Schema 2020-12 without generating code.
 *
 * The usual validator (Ajv) compiles functions from text, which the page's content security policy
 * forbids. The server validates again, with its own words.
 */
export const validator: ValidatorType<unknown> = {
  validateFormData(data, schema): ValidationData<unknown> {
    const errors = check(schema, data);
    return { errors, errorSchema: toErrorSchema(errors) };
  },
  isValid(schema, data, root) {
    const rooted = { ...schema, $defs: root.$defs, definitions: root.definitions } as RJSFSchema;
    return check(rooted, data).length === 0;
  },
  rawValidation<Result>(schema: RJSFSchema, data?: unknown) {
    return { errors: check(schema, data) as Result[] };
  },
};

/** Keywords that only say that something below them failed. */
const OUTER = new Set(["properties", "items", "prefixItems", "$ref", "allOf", "additionalProperties"]);

function check(schema: RJSFSchema, data: unknown): RJSFValidationError[] {
  const result = new Validator(schema as Schema, "2020-12", false).validate(withoutNulls(data) ?? null);
  return result.errors.filter((error) => !OUTER.has(error.keyword)).map(toRjsf);
}

function toRjsf(error: OutputUnit): RJSFValidationError {
  const path = error.instanceLocation.replace(/^#\/?/, "").split("/").filter(Boolean).map(unescape);
  if (error.keyword === "required") {
    const missing = /"([^"]*)"/.exec(error.error)?.[1];
    if (missing !== undefined) path.push(missing);
  }
  const message = MESSAGES[error.keyword] ?? error.error;
  return {
    name: error.keyword,
    property: path.map((part) => `.${part}`).join(""),
    message,
    stack: message,
  };
}

const MESSAGES: Record<string, string> = {
  required: "This field is needed.",
  type: "This is not the kind of value that is needed.",
  format: "This is not in the form that is needed.",
  pattern: "This is not in the form that is needed.",
  enum: "Choose one of the values.",
  minLength: "This is too short.",
  maxLength: "This is too long.",
  minimum: "This is too small.",
  exclusiveMinimum: "This is too small.",
  maximum: "This is too large.",
  exclusiveMaximum: "This is too large.",
  multipleOf: "This is not one of the steps.",
  minItems: "There are too few.",
  maxItems: "There are too many.",
};

function unescape(part: string): string {
  return decodeURIComponent(part).replaceAll("~1", "/").replaceAll("~0", "~");
}
