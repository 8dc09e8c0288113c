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
      url: { __errors: ["Fill this in."] },
      port: { __errors: ["Must be at least 1."] },
      inner: { deep: { __errors: ["Choose one of a, b."] } },
    });
  });

  it("says what would be right, with its unit, also through references", () => {
    const root = {
      $defs: { Wait: { type: "number" as const, maximum: 60, "x-nvr": { unit: "s" } } },
      properties: {
        wait: { $ref: "#/$defs/Wait" },
        name: { type: "string" as const, pattern: "^[a-z]+$", examples: ["garden"] },
        note: { type: "string" as const, maxLength: 2 },
        few: { type: "array" as const, minItems: 1 },
      },
    };
    const { errorSchema } = validator.validateFormData({ wait: 99, name: "7", note: "abc", few: [] }, root);
    expect(errorSchema).toEqual({
      wait: { __errors: ["Must be at most 60 s."] },
      name: { __errors: ["Must look like garden."] },
      note: { __errors: ["Must have at most 2 characters."] },
      few: { __errors: ["Needs at least 1 item."] },
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
