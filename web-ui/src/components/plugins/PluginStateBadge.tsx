import { Badge } from "@/components/ui/Badge";
import { pluginLook } from "@/lib/plugin-state";

export function PluginStateBadge({ state }: { state: string }) {
  const { label, tone } = pluginLook(state);
  return (
    <Badge tone={tone} dot data-testid="plugin-state" data-state={state}>
      {label}
    </Badge>
  );
}
