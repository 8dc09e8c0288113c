import type { Process } from "@/api/types";
import { Badge, type Tone } from "@/components/ui/Badge";
import { Card, CardHeader } from "@/components/ui/Card";
import { formatAgo, formatBytes, formatDuration } from "@/lib/format";

const TONE: Record<Process["state"], Tone> = {
  running: "ok",
  backoff: "warn",
  quarantined: "danger",
  stopped: "neutral",
};

/** The server's processes; each may end alone and is started again. */
export function ProcessTable({ processes }: { processes: readonly Process[] }) {
  return (
    <Card>
      <CardHeader title="Processes" description="Each may end alone and is started again." />
      <div className="overflow-x-auto" tabIndex={0} role="region" aria-label="Processes">
        <table className="w-full min-w-[40rem] text-left text-[13px]">
          <thead className="text-xs text-muted">
            <tr>
              {["Process", "State", "PID", "Memory", "CPU time", "Started", "Restarts", "Last end"].map((name) => (
                <th key={name} scope="col" className="px-4 py-2 font-medium">
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody className="divide-y border-t tabular-nums">
            {processes.map((process) => (
              <tr key={process.name} data-testid="process" data-process={process.name}>
                <th scope="row" className="px-4 py-2 font-medium">
                  {process.name}
                </th>
                <td className="px-4 py-2">
                  <Badge tone={TONE[process.state]} dot>
                    {process.state}
                  </Badge>
                </td>
                <td className="px-4 py-2">{process.pid || "–"}</td>
                <td className="px-4 py-2">{formatBytes(process.rss_bytes)}</td>
                <td className="px-4 py-2">{formatDuration(process.cpu_seconds)}</td>
                <td className="px-4 py-2 whitespace-nowrap">{formatAgo(process.started_at)}</td>
                <td className="px-4 py-2">{process.restarts}</td>
                <td className="px-4 py-2 text-muted">{process.last_exit || "–"}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Card>
  );
}
