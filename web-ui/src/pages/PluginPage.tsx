import { useQuery } from "@tanstack/react-query";
import { useParams } from "react-router";

import { ApiError, messageOf } from "@/api/errors";
import { pluginConfigsQuery, pluginQuery, pluginSchemasQuery } from "@/api/plugins";
import type { Config, Plugin, PluginSchema } from "@/api/types";
import { ContributionConfig } from "@/components/plugins/ContributionConfig";
import { Contributions } from "@/components/plugins/Contributions";
import { PluginActions } from "@/components/plugins/PluginActions";
import { isolationText } from "@/components/plugins/PluginCard";
import { PluginStateBadge } from "@/components/plugins/PluginStateBadge";
import { Card, CardHeader } from "@/components/ui/Card";
import { Facts } from "@/components/ui/Facts";
import { Notice } from "@/components/ui/Notice";
import { Page } from "@/components/ui/Page";
import { formatAgo, formatBytes, formatDuration } from "@/lib/format";

import { NotFoundPage } from "./NotFoundPage";

/** One plugin: what it brings, how it is doing, its settings. */
export function PluginPage() {
  const { pluginId = "" } = useParams();
  const plugin = useQuery(pluginQuery(pluginId));
  const schemas = useQuery(pluginSchemasQuery(pluginId));
  const configs = useQuery(pluginConfigsQuery(pluginId));
  if (plugin.error instanceof ApiError && plugin.error.status === 404) {
    return <NotFoundPage title="No such plugin" text="It may have been uninstalled." />;
  }
  if (plugin.isError) return <Notice tone="danger">{messageOf(plugin.error)}</Notice>;
  if (!plugin.data) return null;
  const problem = schemas.error ?? configs.error;
  return (
    <Page
      title={plugin.data.name}
      description={plugin.data.description}
      actions={!plugin.data.builtin && <PluginActions plugin={plugin.data} />}
    >
      <Overview plugin={plugin.data} />
      <Contributions items={plugin.data.contributions} />
      {problem && <Notice tone="danger">{messageOf(problem)}</Notice>}
      {configs.data &&
        schemas.data?.filter(hasFields).map((schema) => {
          const stored = configs.data.find((item) => item.component === schema.component);
          return (
            <ContributionConfig
              key={schema.component}
              pluginId={pluginId}
              schema={schema}
              stored={(stored?.config ?? {}) as Config}
            />
          );
        })}
    </Page>
  );
}

/** Components without settings need no form. */
function hasFields({ schema }: PluginSchema): boolean {
  return Object.keys((schema.properties ?? {}) as object).length > 0;
}

function Overview({ plugin }: { plugin: Plugin }) {
  const { process } = plugin;
  const permissions = permissionNames(plugin.permissions);
  return (
    <Card>
      <CardHeader title="State" description={plugin.id}>
        <PluginStateBadge state={plugin.state} />
      </CardHeader>
      {(plugin.reason || plugin.detail) && (
        <div className="border-b p-4">
          <Notice tone="warn" title={plugin.reason} data-testid="plugin-reason">
            {plugin.detail && (
              <pre className="mt-1 max-h-60 overflow-auto text-xs whitespace-pre-wrap">{plugin.detail}</pre>
            )}
          </Notice>
        </div>
      )}
      <Facts
        items={[
          ["Version", plugin.version || "–"],
          ["Licence", plugin.license || "–"],
          ["Runs in", isolationText(plugin)],
          ["Memory", process ? formatBytes(process.rss_bytes) : "–"],
          ["CPU time", process ? formatDuration(process.cpu_seconds) : "–"],
          ["Restarts", process ? String(process.restarts) : "–"],
          ["Started", process ? formatAgo(process.started_at) : "–"],
          ["Last end", process?.last_exit || "–"],
          ["Asks for", permissions.join(", ") || "nothing"],
        ]}
      />
      <p className="border-t px-4 py-3 text-xs text-muted">
        {plugin.isolation === "worker"
          ? "Runs in a process of its own: a crash or a leak stays there. Permissions are stated by the plugin and not enforced yet."
          : "Runs inside the server process: it is part of this product and reviewed with it."}
      </p>
    </Card>
  );
}

/** What the plugin asks for, in words; what is off or empty is left out. */
function permissionNames(permissions: Plugin["permissions"]): string[] {
  const names = permissions.network === "none" ? [] : [`network (${permissions.network})`];
  return [...names, ...permissions.devices];
}
