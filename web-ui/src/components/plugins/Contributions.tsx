import type { Contribution } from "@/api/types";
import { Card, CardHeader } from "@/components/ui/Card";
import { formatCode } from "@/lib/format";

import { PluginStateBadge } from "./PluginStateBadge";

/** What a plugin brings, each with its state. */
export function Contributions({ items }: { items: readonly Contribution[] }) {
  if (items.length === 0) return null;
  return (
    <Card>
      <CardHeader title="Brings" />
      <ul className="divide-y">
        {items.map((item) => (
          <li key={`${item.kind}/${item.id}`} className="flex flex-wrap items-center justify-between gap-3 px-4 py-3">
            <div className="min-w-0">
              <p className="text-sm font-medium">
                {item.title} <span className="text-xs font-normal text-muted">{formatCode(item.kind)}</span>
              </p>
              <p className="text-xs text-muted">{item.description}</p>
              {item.health?.message && <p className="text-xs text-warn">{item.health.message}</p>}
            </div>
            <PluginStateBadge state={item.state} />
          </li>
        ))}
      </ul>
    </Card>
  );
}
