import { describe, expect, it } from "vitest";

import { validator } from "./validator";

const schema = {
  type: "object" as const,
  required: ["url"],
  properties: {
    url: { type: "string" as const, minLength: 3 },
    port: { type: "integer" as const, minimum: 1 },
    inner: { type: "object" as const, properties: { deep: { enum: ["a", "b"] } } },
    note: { type: "string" as const },
  },
};

describe("validator", () => {
  it("names each field in the wrong", () => {
    const { errorSchema } = validator.validateFormData({ port: 0, inner: { deep: "c" } }, schema);
    expect(errorSchema).toEqual({
      url: { __errors: ["This field is needed."] },
      port: { __errors: ["This is too small."] },
      inner: { deep: { __errors: ["Choose one of the values."] } },
    });
  });

  it("takes null as not set", () => {
    expect(validator.isValid(schema, { url: "rtsp://x", note: null }, schema)).toBe(true);
    expect(validator.isValid(schema, { url: null }, schema)).toBe(false);
  });

  it("finds definitions of the root schema", () => {
    const root = { $defs: { Port: { type: "integer" as const } } };
    expect(validator.isValid({ $ref: "#/$defs/Port" }, 5, root)).toBe(true);
    expect(validator.isValid({ $ref: "#/$defs/Port" }, "x", root)).toBe(false);
  });
});
