import { useQuery } from "@tanstack/react-query";

import { messageOf } from "@/api/errors";
import { systemQuery } from "@/api/system";
import type { SystemInfo } from "@/api/types";
import { ProcessTable } from "@/components/system/ProcessTable";
import { StorageCard } from "@/components/system/StorageCard";
import { Badge } from "@/components/ui/Badge";
import { Card, CardHeader } from "@/components/ui/Card";
import { Facts } from "@/components/ui/Facts";
import { Notice } from "@/components/ui/Notice";
import { Page } from "@/components/ui/Page";
import { formatAgo, formatDuration } from "@/lib/format";

/** How the server itself is doing. */
export function SystemPage() {
  const system = useQuery(systemQuery);
  return (
    <Page title="System" description={system.data && `nvr ${system.data.version}`}>
      {system.isError && <Notice tone="danger">{messageOf(system.error)}</Notice>}
      {system.data && (
        <>
          <Server system={system.data} />
          {system.data.storages.map((storage) => (
            <StorageCard key={storage.id} storage={storage} />
          ))}
          <ProcessTable processes={system.data.processes} />
          <Recovery system={system.data} />
        </>
      )}
    </Page>
  );
}

function Server({ system }: { system: SystemInfo }) {
  const running = system.engine.state === "running";
  return (
    <Card>
      <CardHeader title="Server">
        <Badge tone={running ? "ok" : "danger"} dot>
          {running ? "Engine running" : "Engine away"}
        </Badge>
      </CardHeader>
      <Facts
        items={[
          ["Version", system.version],
          ["Started", formatAgo(system.started_at)],
          ["Engine started", formatAgo(system.engine.started_at)],
          ["Engine CPU time", formatDuration(system.engine.cpu_seconds)],
          ["Safe mode", system.safe_mode ? "on" : "off"],
        ]}
      />
    </Card>
  );
}

function Recovery({ system }: { system: SystemInfo }) {
  const { recovery } = system;
  return (
    <Card data-testid="recovery">
      <CardHeader
        title="Recovery at the last start"
        description="Recordings that the last run left unfinished, and what became of them."
      />
      <Facts
        items={[
          ["Adopted", `${recovery.adopted} whole files`],
          ["Repaired", `${recovery.repaired} torn files`],
          ["Set aside", `${recovery.quarantined} unreadable files`],
          ["Dropped", `${recovery.missing} entries without a file`],
        ]}
      />
    </Card>
  );
}
