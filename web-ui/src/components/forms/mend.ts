import type { RJSFSchema } from "@rjsf/utils";

import { hintsOf } from "./schema";

const TYPES: Record<string, string> = {
  integer: "Must be a whole number.",
  number: "Must be a number.",
  string: "Must be text.",
  boolean: "Must be on or off.",
};

const FORMATS: Record<string, string> = {
  uri: "Must be an address such as https://example.org/path.",
  email: "Must be an e-mail address.",
  ipv4: "Must be an IP address such as 192.168.1.20.",
  date: "Must be a date such as 2026-01-31.",
  "date-time": "Must be a date and time.",
};

/** Says what a value must be like, given the keyword that it fails and the schema that holds it. */
export function mendOf(keyword: string, rule: RJSFSchema): string | null {
  const make = MENDS[keyword];
  return make ? make(rule) : null;
}

const MENDS: Record<string, (rule: RJSFSchema) => string> = {
  required: () => "Fill this in.",
  type: ({ type }) => TYPES[String(type)] ?? "Must be another kind of value.",
  format: ({ format }) => FORMATS[format ?? ""] ?? "Must be in the form that is described.",
  pattern: ({ pattern, examples }) =>
    Array.isArray(examples) && examples.length > 0
      ? `Must look like ${String(examples[0])}.`
      : `Must match ${pattern ?? "the pattern"}.`,
  enum: ({ enum: values }) => `Choose one of ${(values ?? []).map(String).join(", ")}.`,
  minLength: ({ minLength }) =>
    minLength === 1 ? "Fill this in." : `Must have at least ${minLength} characters.`,
  maxLength: ({ maxLength }) => `Must have at most ${maxLength} characters.`,
  minimum: (rule) => `Must be at least ${amount(rule, rule.minimum)}.`,
  maximum: (rule) => `Must be at most ${amount(rule, rule.maximum)}.`,
  exclusiveMinimum: (rule) => `Must be more than ${amount(rule, rule.exclusiveMinimum)}.`,
  exclusiveMaximum: (rule) => `Must be less than ${amount(rule, rule.exclusiveMaximum)}.`,
  multipleOf: ({ multipleOf }) => `Must be a multiple of ${multipleOf}.`,
  minItems: ({ minItems }) => `Needs at least ${items(minItems)}.`,
  maxItems: ({ maxItems }) => `May have at most ${items(maxItems)}.`,
  uniqueItems: () => "The same value is in here twice.",
};

function amount(rule: RJSFSchema, value: number | undefined): string {
  const { unit } = hintsOf(rule);
  return unit ? `${value} ${unit}` : String(value);
}

function items(count: number | undefined): string {
  return count === 1 ? "1 item" : `${count} items`;
}
