import { type OutputUnit, type Schema, Validator } from "@cfworker/json-schema";
import {
  type RJSFSchema,
  type RJSFValidationError,
  toErrorSchema,
  type ValidationData,
  type ValidatorType,
} from "@rjsf/utils";

import { mendOf } from "./mend";
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
  return result.errors
    .filter((error) => !OUTER.has(error.keyword))
    .map((error) => toRjsf(error, schema));
}

function toRjsf(error: OutputUnit, schema: RJSFSchema): RJSFValidationError {
  const path = parts(error.instanceLocation);
  if (error.keyword === "required") {
    const missing = /"([^"]*)"/.exec(error.error)?.[1];
    if (missing !== undefined) path.push(missing);
  }
  const message = mendOf(error.keyword, ruleAt(schema, error.keywordLocation)) ?? error.error;
  return {
    name: error.keyword,
    property: path.map((part) => `.${part}`).join(""),
    message,
    stack: message,
  };
}

/** The part of a schema that holds the keyword at a location, which may lead through references. */
function ruleAt(root: RJSFSchema, location: string): RJSFSchema {
  let node: unknown = root;
  for (const part of parts(location).slice(0, -1)) {
    const here = node as Record<string, unknown> | undefined;
    const target = here?.[part];
    node = part === "$ref" && typeof target === "string" ? at(root, parts(target)) : target;
  }
  return (node ?? {}) as RJSFSchema;
}

function at(root: unknown, path: string[]): unknown {
  return path.reduce<unknown>((node, part) => (node as Record<string, unknown> | undefined)?.[part], root);
}

function parts(pointer: string): string[] {
  return pointer.replace(/^#\/?/, "").split("/").filter(Boolean).map(unescape);
}

function unescape(part: string): string {
  return decodeURIComponent(part).replaceAll("~1", "/").replaceAll("~0", "~");
}
