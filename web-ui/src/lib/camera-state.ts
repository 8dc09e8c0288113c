import type { Tone } from "@/components/ui/Badge";
import type { Camera, CameraState, StreamHealth } from "@/api/types";

const LOOK: Record<CameraState, { label: string; tone: Tone }> = {
  starting: { label: "Connecting", tone: "accent" },
  online: { label: "Online", tone: "ok" },
  offline: { label: "Offline", tone: "danger" },
  auth_failed: { label: "Login refused", tone: "danger" },
  unsupported: { label: "Unsupported", tone: "warn" },
  config_error: { label: "Settings wrong", tone: "warn" },
  disabled: { label: "Disabled", tone: "neutral" },
};

/** How a camera's state is named and coloured. */
export function stateLook(state: CameraState): { label: string; tone: Tone } {
  return LOOK[state];
}

/** Health of the main stream, or what stands in for it before the first report. */
export function mainHealth(camera: Camera): StreamHealth | null {
  return camera.health.main ?? Object.values(camera.health)[0] ?? null;
}

/** State of a camera as a whole. */
export function cameraState(camera: Camera): CameraState {
  if (!camera.enabled) return "disabled";
  return mainHealth(camera)?.state ?? "starting";
}

/** The stream that is lightest to show small. */
export function tileStream(camera: Camera): string {
  return camera.streams.includes("sub") && camera.health.sub?.state === "online" ? "sub" : "main";
}
