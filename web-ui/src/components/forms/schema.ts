import type { RJSFSchema, UiSchema } from "@rjsf/utils";

import type { FieldError } from "@/api/errors";
import type { Config } from "@/api/types";

/** The hints that a configuration's schema may carry under `x-nvr`. */
export interface Hints {
  widget?: string;
  group?: string;
  order?: number;
  advanced?: boolean;
  unit?: string;
  options_from?: string;
  visible_if?: Record<string, unknown>;
}

type Node = RJSFSchema & { "x-nvr"?: Hints; "x-secret"?: boolean };

/** Hints of a field; empty where it has none. */
export function hintsOf(schema: RJSFSchema): Hints {
  return (schema as Node)["x-nvr"] ?? {};
}

/**
 * Makes a schema fit to render: secrets take any value, as a stored one shows as an object.
 *
 * The server checks the whole again when it is saved.
 */
export function formSchema(schema: RJSFSchema): RJSFSchema {
  return walk(schema) as RJSFSchema;
}

function walk(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(walk);
  if (typeof node !== "object" || node === null) return node;
  const source = node as Node;
  if (source.writeOnly === true && source.type === "string") {
    const { title, description } = source;
    return {
      "x-secret": true,
      "x-nvr": source["x-nvr"],
      ...(title !== undefined && { title }),
      ...(description !== undefined && { description }),
    };
  }
  const copy = Object.fromEntries(
    Object.entries(source)
      .filter(([key]) => key !== "$schema")
      .map(([key, child]) => [key, walk(child)]),
  );
  // Written out in the default already; a null default is no default.
  if (copy.default === null) delete copy.default;
  return copy;
}

const WIDGETS: Record<string, string> = {
  textarea: "textarea",
  slider: "range",
  select: "select",
  bytes: "bytes",
  url: "text",
  text: "text",
};

/** Compiles the hints of a (form) schema to rjsf's uiSchema, given what is filled in now. */
export function uiSchemaOf(schema: RJSFSchema, data: Config, root: RJSFSchema = schema, depth = 0): UiSchema {
  const ui: UiSchema = {};
  const properties = Object.entries(resolve(root, schema).properties ?? {});
  for (const [name, child] of properties) {
    if (typeof child === "boolean" || depth > 6) continue;
    const value = data[name];
    const nested = typeof value === "object" && value !== null ? (value as Config) : {};
    ui[name] = fieldUi(child, data, nested, root, depth);
  }
  const order = properties
    .map(([name, child], i) => ({ name, rank: hintsOf(child as RJSFSchema).order ?? 1000 + i }))
    .sort((a, b) => a.rank - b.rank)
    .map(({ name }) => name);
  if (order.length > 0) ui["ui:order"] = [...order, "*"];
  return ui;
}

function fieldUi(child: RJSFSchema, data: Config, nested: Config, root: RJSFSchema, depth: number): UiSchema {
  const full = resolve(root, child) as Node;
  const hints = { ...hintsOf(full), ...hintsOf(child) };
  const ui = uiSchemaOf(child, nested, root, depth + 1);
  if (full["x-secret"]) ui["ui:field"] = "secret";
  else if (hints.options_from) ui["ui:widget"] = "options";
  else if (hints.widget && WIDGETS[hints.widget]) ui["ui:widget"] = WIDGETS[hints.widget];
  if (isHidden(full, hints, data)) ui["ui:widget"] = "hidden";
  ui["ui:options"] = { unit: hints.unit, options_from: hints.options_from };
  return ui;
}

function isHidden(schema: Node, hints: Hints, data: Config): boolean {
  if (schema.const !== undefined) return true;
  return Object.entries(hints.visible_if ?? {}).some(([name, wanted]) =>
    Array.isArray(wanted) ? !wanted.includes(data[name]) : data[name] !== wanted,
  );
}

function resolve(root: RJSFSchema, schema: RJSFSchema): RJSFSchema {
  if (!schema.$ref?.startsWith("#/")) return schema;
  let target: unknown = root;
  for (const part of schema.$ref.slice(2).split("/")) {
    target = (target as Record<string, unknown> | undefined)?.[part];
  }
  return { ...(target as RJSFSchema), ...schema };
}

/** True when a form has nothing that must be filled in. */
export function hasNoRequired(schema: RJSFSchema): boolean {
  return (schema.required ?? []).every((name) => {
    const field = schema.properties?.[name];
    return typeof field === "object" && (field.default !== undefined || field.const !== undefined);
  });
}

/** Leaves nulls out, which stand for "not set". */
export function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, child]) => child !== null)
      .map(([key, child]) => [key, withoutNulls(child)]),
  );
}

interface ErrorTree {
  __errors?: string[];
  [name: string]: ErrorTree | string[] | undefined;
}

/** Puts the server's field errors where the form shows them; `prefix` is where its config lies. */
export function errorTree(errors: readonly FieldError[], prefix = "config"): ErrorTree {
  const tree: ErrorTree = {};
  for (const { path, message } of errors) {
    const parts = path.split(".").filter(Boolean);
    if (parts[0] === prefix) parts.shift();
    let node = tree;
    for (const part of parts) node = (node[part] ??= {}) as ErrorTree;
    (node.__errors ??= []).push(message);
  }
  return tree;
}
