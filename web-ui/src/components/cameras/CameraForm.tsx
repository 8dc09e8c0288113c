import { type ReactNode, useCallback, useState } from "react";

import { useProbe } from "@/api/cameras";
import { ApiError, messageOf } from "@/api/errors";
import { fetchOptions } from "@/api/plugins";
import type { CameraSource, Config } from "@/api/types";
import { LazySchemaForm } from "@/components/forms/LazySchemaForm";
import { Button } from "@/components/ui/Button";
import { Field } from "@/components/ui/Field";
import { Input } from "@/components/ui/Input";
import { Notice } from "@/components/ui/Notice";

import { ProbePanel } from "./ProbePanel";

interface Props {
  source: CameraSource;
  /** The camera being edited, whose stored secrets a test may use. */
  cameraId?: string;
  initial: { name: string; config: Config };
  saving: boolean;
  /** Why the last save was refused. */
  error: unknown;
  saveLabel: string;
  onSave: (name: string, config: Config) => void;
  /** Further fields above the buttons. */
  children?: ReactNode;
}

/** Name and settings of a camera, with a test against the real thing. */
export function CameraForm({ source, cameraId, initial, saving, error, saveLabel, onSave, children }: Props) {
  const [name, setName] = useState(initial.name);
  const [config, setConfig] = useState(initial.config);
  const [nameMissing, setNameMissing] = useState(false);
  const [touched, setTouched] = useState(false);
  const probe = useProbe();

  const refused = touched ? null : (probe.error ?? error);
  const fields = refused instanceof ApiError ? refused.fields : [];
  const nameError = fields.find((field) => field.path === "name")?.message;
  const loadOptions = useCallback(
    (field: string) => fetchOptions(source.plugin, field, source.source, config),
    [source, config],
  );

  const change = (next: Config): void => {
    setConfig(next);
    if (JSON.stringify(next) !== JSON.stringify(config)) setTouched(true);
  };
  const test = (): void => {
    setTouched(false);
    probe.mutate({
      plugin: source.plugin,
      source: source.source,
      config,
      ...(cameraId && { camera_id: cameraId }),
    });
  };
  const submit = (final: Config): void => {
    setNameMissing(!name.trim());
    if (!name.trim()) return;
    probe.reset();
    setTouched(false);
    onSave(name.trim(), final);
  };

  return (
    <div className="grid gap-5 p-4">
      <Field label="Name" error={nameMissing ? "Give the camera a name." : nameError}>
        <Input value={name} maxLength={80} placeholder="Front door" onChange={(event) => setName(event.target.value)} />
      </Field>
      <LazySchemaForm
        id="camera"
        schema={source.camera_schema}
        value={config}
        onChange={change}
        onSubmit={submit}
        errors={fields.filter((field) => field.path !== "name")}
        loadOptions={loadOptions}
        optionsKey={[source.plugin, source.source]}
      >
        <div className="mt-5 grid gap-4">
          {refused !== null && refused !== undefined && (
            <Notice tone="danger" title={probe.error ? "The test failed" : "Not saved"} data-testid="form-error">
              {messageOf(refused)}
            </Notice>
          )}
          {probe.data && !touched && <ProbePanel result={probe.data} />}
          {children}
          <div className="flex flex-wrap gap-2">
            <Button type="submit" variant="primary" busy={saving}>
              {saveLabel}
            </Button>
            <Button onClick={test} busy={probe.isPending}>
              Test
            </Button>
          </div>
        </div>
      </LazySchemaForm>
    </div>
  );
}
