import { useQuery } from "@tanstack/react-query";
import { Puzzle } from "lucide-react";

import { messageOf } from "@/api/errors";
import { pluginsQuery } from "@/api/plugins";
import { PluginCard } from "@/components/plugins/PluginCard";
import { EmptyState } from "@/components/ui/EmptyState";
import { Notice } from "@/components/ui/Notice";
import { Page } from "@/components/ui/Page";

/** All plugins, also those that do not work. */
export function PluginsPage() {
  const plugins = useQuery(pluginsQuery);
  return (
    <Page title="Plugins" description="Cameras, detectors and everything else come from here.">
      {plugins.isError && <Notice tone="danger">{messageOf(plugins.error)}</Notice>}
      {plugins.data?.length === 0 && (
        <EmptyState
          icon={Puzzle}
          title="No plugins"
          text="Install one beside the server with pip and start the server again."
        />
      )}
      <div className="grid gap-3">
        {plugins.data?.map((plugin) => (
          <PluginCard key={plugin.id} plugin={plugin} />
        ))}
      </div>
    </Page>
  );
}
