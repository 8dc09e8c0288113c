import type { StorageInfo } from "@/api/types";
import { Badge, type Tone } from "@/components/ui/Badge";
import { Card, CardHeader } from "@/components/ui/Card";
import { Notice } from "@/components/ui/Notice";
import { formatBytes } from "@/lib/format";

const LOOK: Record<StorageInfo["state"], { label: string; tone: Tone }> = {
  ok: { label: "Writable", tone: "ok" },
  full: { label: "Full", tone: "danger" },
  missing: { label: "Missing", tone: "danger" },
  error: { label: "Error", tone: "danger" },
};

/** A place where recordings are kept, and how full it is. */
export function StorageCard({ storage }: { storage: StorageInfo }) {
  const { label, tone } = LOOK[storage.state];
  const used = storage.total_bytes - storage.free_bytes;
  const share = storage.total_bytes > 0 ? Math.round((used / storage.total_bytes) * 100) : 0;
  return (
    <Card data-testid="storage">
      <CardHeader title="Storage" description={storage.path}>
        <Badge tone={tone} dot data-testid="storage-state" data-state={storage.state}>
          {label}
        </Badge>
      </CardHeader>
      <div className="grid gap-2 p-4">
        {storage.message && <Notice tone="warn">{storage.message}</Notice>}
        <div
          role="meter"
          aria-label="Used space"
          aria-valuenow={share}
          aria-valuemin={0}
          aria-valuemax={100}
          className="h-2 overflow-hidden rounded-full bg-raised"
        >
          <div className="h-full rounded-full bg-accent-strong" style={{ width: `${share}%` }} />
        </div>
        <p className="flex flex-wrap justify-between gap-x-4 text-xs text-muted tabular-nums">
          <span>
            {formatBytes(storage.free_bytes)} free of {formatBytes(storage.total_bytes)}
          </span>
          <span>Recording stops below {formatBytes(storage.reserve_bytes)}</span>
        </p>
      </div>
    </Card>
  );
}
