import { RotateCw } from "lucide-react";
import { toast } from "sonner";

import { messageOf } from "@/api/errors";
import { type PluginAction, usePluginAction } from "@/api/plugins";
import type { Plugin } from "@/api/types";
import { Button } from "@/components/ui/Button";
import { Switch } from "@/components/ui/Switch";

const DONE: Record<PluginAction, string> = {
  enable: "enabled",
  disable: "disabled",
  restart: "is restarting",
};

/** Switch on and off, and restart. */
export function PluginActions({ plugin }: { plugin: Plugin }) {
  const action = usePluginAction(plugin.id);
  const run = (name: PluginAction): void =>
    action.mutate(name, {
      onSuccess: () => toast.success(`${plugin.name} ${DONE[name]}`),
      onError: (error) => toast.error(messageOf(error)),
    });
  return (
    <div className="flex items-center gap-3">
      <Button
        size="sm"
        disabled={!plugin.enabled || action.isPending}
        busy={action.isPending && action.variables === "restart"}
        onClick={() => run("restart")}
        aria-label={`Restart ${plugin.name}`}
      >
        <RotateCw aria-hidden className="size-3.5" /> Restart
      </Button>
      <Switch
        aria-label={`Enable ${plugin.name}`}
        checked={plugin.enabled}
        disabled={action.isPending}
        onCheckedChange={(enabled) => run(enabled ? "enable" : "disable")}
      />
    </div>
  );
}
