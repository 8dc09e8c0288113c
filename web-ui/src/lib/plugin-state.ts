import type { Tone } from "@/components/ui/Badge";

const LOOK: Record<string, { label: string; tone: Tone }> = {
  discovered: { label: "Found", tone: "neutral" },
  disabled: { label: "Disabled", tone: "neutral" },
  setup: { label: "Starting", tone: "accent" },
  running: { label: "Running", tone: "ok" },
  retry: { label: "Retrying", tone: "warn" },
  failed: { label: "Failed", tone: "danger" },
  incompatible: { label: "Incompatible", tone: "danger" },
  auth_failed: { label: "Login refused", tone: "danger" },
  config_error: { label: "Settings wrong", tone: "warn" },
  migration_error: { label: "Migration failed", tone: "danger" },
  quarantined: { label: "Quarantined", tone: "danger" },
};

/** How a plugin's state is named and coloured. */
export function pluginLook(state: string): { label: string; tone: Tone } {
  return LOOK[state] ?? { label: state, tone: "neutral" };
}
