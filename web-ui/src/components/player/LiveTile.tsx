import { useRef } from "react";
import { Link } from "react-router";

import type { Camera } from "@/api/types";
import type { Tone } from "@/components/ui/Badge";
import { cameraState, mainHealth, stateLook, tileStream } from "@/lib/camera-state";
import { cn } from "@/lib/cn";
import { formatBitrate } from "@/lib/format";

import { showWallClock } from "./show-wall-clock";
import { Stills } from "./Stills";
import { TileOverlay } from "./TileOverlay";
import { useLiveVideo } from "./use-live-video";
import { useOnScreen } from "./use-on-screen";

const STATE_DOT: Record<Tone, string> = {
  ok: "bg-emerald-400",
  accent: "bg-sky-400",
  warn: "bg-amber-400",
  danger: "bg-red-500",
  neutral: "bg-white/50",
};

/** A camera's live picture in the grid. Out of sight it holds no connection. */
export function LiveTile({ camera }: { camera: Camera }) {
  const tile = useRef<HTMLAnchorElement>(null);
  const video = useRef<HTMLVideoElement>(null);
  const state = cameraState(camera);
  const health = mainHealth(camera);
  const stream = tileStream(camera);
  const dead = state === "disabled" || state === "config_error" || state === "unsupported";
  const onScreen = useOnScreen(tile);
  const live = useLiveVideo(video, {
    cameraId: camera.id,
    stream,
    active: onScreen && !dead,
    onWallClock: (ms) => showWallClock(video.current, ms),
  });
  const shown = live.state === "playing" || live.transport === "stills";
  const troubled = state !== "online" && state !== "starting";

  return (
    <Link
      ref={tile}
      to={`/cameras/${camera.id}`}
      aria-label={`${camera.name}, open`}
      data-testid="live-tile"
      data-camera={camera.id}
      className="group relative block aspect-video overflow-hidden rounded-card border bg-black"
    >
      <video
        ref={video}
        muted
        playsInline
        disablePictureInPicture
        tabIndex={-1}
        aria-label={`${camera.name}, live`}
        data-mode="live"
        data-state={live.state}
        className="absolute inset-0 size-full object-contain"
      />
      {live.transport === "stills" && onScreen && !dead && (
        <Stills cameraId={camera.id} stream={stream} label={`${camera.name}, live`} />
      )}
      {(troubled || !shown) && (
        <TileOverlay
          state={state}
          message={troubled ? (health?.message ?? "") : (live.fault?.message ?? "")}
        />
      )}
      <div className="pointer-events-none absolute inset-x-0 bottom-0 flex items-center gap-2 bg-gradient-to-t from-black/80 to-transparent px-3 pt-8 pb-2 text-white">
        <span aria-hidden className={cn("size-2 shrink-0 rounded-full", STATE_DOT[stateLook(state).tone])} />
        <span className="truncate text-sm font-medium">{camera.name}</span>
        {health && state === "online" && (
          <span className="ml-auto shrink-0 text-[11px] text-white/80 tabular-nums opacity-0 transition-opacity group-hover:opacity-100 group-focus-visible:opacity-100">
            {Math.round(health.fps)} fps · {formatBitrate(health.bitrate)}
          </span>
        )}
      </div>
      <span className="pointer-events-none absolute inset-0 rounded-card border border-transparent transition-colors group-hover:border-accent/70" />
    </Link>
  );
}
