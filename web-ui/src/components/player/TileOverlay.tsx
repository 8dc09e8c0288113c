import { KeyRound, LoaderCircle, type LucideIcon, Power, TriangleAlert, VideoOff } from "lucide-react";

import type { CameraState } from "@/api/types";
import { stateLook } from "@/lib/camera-state";

const ICON: Record<CameraState, LucideIcon> = {
  starting: LoaderCircle,
  online: LoaderCircle,
  offline: VideoOff,
  auth_failed: KeyRound,
  unsupported: TriangleAlert,
  config_error: TriangleAlert,
  disabled: Power,
};

interface Props {
  state: CameraState;
  /** Reason, one sentence. */
  message: string;
}

/** Covers a picture that is not there with what is known about why. */
export function TileOverlay({ state, message }: Props) {
  const Icon = ICON[state];
  const waiting = state === "starting" || state === "online";
  return (
    <div
      data-testid="tile-overlay"
      data-state={state}
      className="absolute inset-0 grid place-content-center justify-items-center gap-2 bg-black/70 p-4 text-center text-white"
    >
      <Icon aria-hidden className={waiting ? "size-6 animate-spin text-white/70" : "size-7 text-white/80"} />
      {!waiting && <p className="text-sm font-medium">{stateLook(state).label}</p>}
      {message && <p className="line-clamp-3 max-w-xs text-xs text-white/75">{message}</p>}
    </div>
  );
}
