import type { CameraSource, Config } from "@/api/types";

/** True when a camera of this source can be added without asking anything. */
export function needsNothing(source: CameraSource): boolean {
  const schema = source.camera_schema as { required?: string[] };
  return (schema.required ?? []).length === 0;
}

/** The defaults that a schema names at its top. */
export function defaultsOf(source: CameraSource): Config {
  const { properties = {} } = source.camera_schema as {
    properties?: Record<string, { default?: unknown }>;
  };
  return Object.fromEntries(
    Object.entries(properties)
      .filter(([, field]) => field.default !== undefined && field.default !== null)
      .map(([name, field]) => [name, field.default]),
  );
}
