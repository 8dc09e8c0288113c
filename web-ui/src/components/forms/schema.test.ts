import { describe, expect, it } from "vitest";

import { errorTree, formSchema, hasNoRequired, uiSchemaOf, withoutNulls } from "./schema";

const schema = {
  type: "object" as const,
  $defs: {
    Inner: {
      type: "object" as const,
      properties: { token: { type: "string" as const, writeOnly: true, title: "Token" } },
    },
  },
  properties: {
    late: { type: "string" as const, "x-nvr": { order: 9 } },
    password: { type: "string" as const, format: "password", writeOnly: true, title: "Password" },
    mode: { enum: ["a", "b"], default: "a" },
    kind: { const: "demo", default: "demo" },
    size: { type: "integer" as const, "x-nvr": { widget: "slider", order: 1 } },
    rate: { type: "number" as const, "x-nvr": { visible_if: { mode: "b" }, unit: "fps" } },
    inner: { $ref: "#/$defs/Inner" },
    note: { type: "string" as const, "x-nullable": true, default: null },
  },
};

describe("formSchema", () => {
  const made = formSchema(schema);

  it("lets secrets hold what the server shows of them", () => {
    expect(made.properties?.password).toEqual({ "x-secret": true, title: "Password" });
  });

  it("drops defaults of null", () => {
    expect(made.properties?.note).not.toHaveProperty("default");
  });

  it("compiles hints to widgets, order and visibility", () => {
    const ui = uiSchemaOf(made, { mode: "a" }) as Record<string, Record<string, unknown>>;
    expect(ui.password).toMatchObject({ "ui:field": "secret" });
    expect(ui.inner?.token).toMatchObject({ "ui:field": "secret" });
    expect(ui.size).toMatchObject({ "ui:widget": "range" });
    expect(ui.kind).toMatchObject({ "ui:widget": "hidden" });
    expect(ui.rate).toMatchObject({ "ui:widget": "hidden", "ui:options": { unit: "fps" } });
    expect(uiSchemaOf(made, { mode: "b" }).rate).not.toHaveProperty("ui:widget");
    expect((ui["ui:order"] as unknown as string[]).slice(0, 2)).toEqual(["size", "late"]);
  });
});

describe("hasNoRequired", () => {
  it("is true where all that is required has a default", () => {
    expect(hasNoRequired(schema)).toBe(true);
    expect(hasNoRequired({ ...schema, required: ["mode", "kind"] })).toBe(true);
    expect(hasNoRequired({ ...schema, required: ["late"] })).toBe(false);
  });
});

describe("errorTree", () => {
  it("nests errors by path, without the place of the config", () => {
    const error = (path: string, message: string) => ({ path, code: "x", message });
    expect(
      errorTree([error("config.main_url", "bad"), error("inner.token", "short"), error("", "all")]),
    ).toEqual({
      main_url: { __errors: ["bad"] },
      inner: { token: { __errors: ["short"] } },
      __errors: ["all"],
    });
  });
});

describe("withoutNulls", () => {
  it("leaves nulls out at any depth", () => {
    expect(withoutNulls({ a: null, b: { c: null, d: 1 }, e: [{ f: null }] })).toEqual({
      b: { d: 1 },
      e: [{}],
    });
  });
});
