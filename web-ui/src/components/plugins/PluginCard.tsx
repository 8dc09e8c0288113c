import { Link } from "react-router";

import type { Plugin } from "@/api/types";
import { Badge } from "@/components/ui/Badge";
import { Card } from "@/components/ui/Card";
import { formatBytes } from "@/lib/format";

import { PluginActions } from "./PluginActions";
import { PluginStateBadge } from "./PluginStateBadge";

/** A plugin in the list: what it is, how it is doing, what it costs. */
export function PluginCard({ plugin }: { plugin: Plugin }) {
  const { process } = plugin;
  return (
    <Card data-testid="plugin-card" data-plugin={plugin.id} className="grid gap-3 p-4">
      <div className="flex flex-wrap items-start justify-between gap-3">
        <div className="min-w-0">
          <div className="flex flex-wrap items-center gap-2">
            <h2 className="font-semibold">
              <Link to={`/plugins/${plugin.id}`} className="hover:underline">
                {plugin.name}
              </Link>
            </h2>
            <PluginStateBadge state={plugin.state} />
            {plugin.builtin && <Badge>Built in</Badge>}
          </div>
          <p className="text-[13px] text-muted">{plugin.description}</p>
        </div>
        {!plugin.builtin && <PluginActions plugin={plugin} />}
      </div>
      {plugin.reason && (
        <p data-testid="plugin-reason" className="text-[13px] break-words text-warn">
          {plugin.reason}
        </p>
      )}
      {process?.last_exit && (
        <p data-testid="plugin-last-exit" className="text-[13px] break-words text-muted">
          Last ended: {process.last_exit}
        </p>
      )}
      <p className="flex flex-wrap gap-x-4 gap-y-1 text-xs text-muted tabular-nums">
        <span>{plugin.version && `v${plugin.version}`}</span>
        <span>{plugin.license}</span>
        <span>{isolationText(plugin)}</span>
        {process && process.pid > 0 && <span>{formatBytes(process.rss_bytes)}</span>}
        {process && process.restarts > 0 && (
          <span className="text-warn">
            {process.restarts} {process.restarts === 1 ? "restart" : "restarts"}
          </span>
        )}
      </p>
    </Card>
  );
}

export function isolationText(plugin: Plugin): string {
  return plugin.isolation === "worker" ? "Own process" : "Inside the server process";
}
