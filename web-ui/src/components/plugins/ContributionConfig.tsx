import { useCallback, useState } from "react";
import { toast } from "sonner";

import { ApiError, messageOf } from "@/api/errors";
import { fetchOptions, useSavePluginConfig } from "@/api/plugins";
import type { Config, PluginSchema } from "@/api/types";
import { LazySchemaForm } from "@/components/forms/LazySchemaForm";
import { Button } from "@/components/ui/Button";
import { Card, CardHeader } from "@/components/ui/Card";
import { Notice } from "@/components/ui/Notice";
import { formatCode } from "@/lib/format";

interface Props {
  pluginId: string;
  schema: PluginSchema;
  stored: Config;
}

/** Settings of one contribution of a plugin. */
export function ContributionConfig({ pluginId, schema, stored }: Props) {
  const [config, setConfig] = useState(stored);
  const [touched, setTouched] = useState(false);
  const save = useSavePluginConfig(pluginId);
  const error = touched ? null : save.error;
  const { component } = schema;
  const loadOptions = useCallback(
    (field: string) => fetchOptions(pluginId, field, component, config),
    [pluginId, component, config],
  );

  return (
    <Card data-testid="plugin-config" data-component={component}>
      <CardHeader title={schema.title || component} description={formatCode(schema.kind)} />
      <div className="p-4">
        <LazySchemaForm
          id={`config-${component}`}
          schema={schema.schema}
          value={config}
          onChange={(next) => {
            setConfig(next);
            if (JSON.stringify(next) !== JSON.stringify(config)) setTouched(true);
          }}
          onSubmit={(final) => {
            setTouched(false);
            save.mutate(
              { component, config: final },
              {
                onSuccess: (saved) => {
                  setConfig(saved.config);
                  toast.success(`${schema.title || component} saved`);
                },
              },
            );
          }}
          errors={error instanceof ApiError ? error.fields : []}
          loadOptions={loadOptions}
          optionsKey={[pluginId, component]}
        >
          <div className="mt-5 grid gap-4">
            {error && (
              <Notice tone="danger" title="Not saved" data-testid="form-error">
                {messageOf(error)}
              </Notice>
            )}
            <Button type="submit" variant="primary" className="w-max" busy={save.isPending}>
              Save
            </Button>
          </div>
        </LazySchemaForm>
      </div>
    </Card>
  );
}
