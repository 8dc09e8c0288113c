import {
  Camera as CameraIcon,
  Maximize,
  Pause,
  Play,
  StepBack,
  StepForward,
  Volume2,
  VolumeX,
} from "lucide-react";
import type { ReactNode } from "react";

import { Button } from "@/components/ui/Button";
import { Tooltip } from "@/components/ui/Tooltip";
import { cn } from "@/lib/cn";
import { formatDateTime } from "@/lib/format";
import { snapshotUrl } from "@/player/live-url";

import type { CameraPlayerControls } from "./use-camera-player";

const SPEEDS = [0.5, 1, 2, 4, 8];

interface Props {
  player: CameraPlayerControls;
  cameraId: string;
  muted: boolean;
  toggleMute: () => void;
  toggleFullScreen: () => void;
}

/** Buttons below the picture. */
export function PlayerControls({ player, cameraId, muted, toggleMute, toggleFullScreen }: Props) {
  const live = player.mode === "live";
  const paused = player.state === "paused";
  return (
    <div className="flex flex-wrap items-center gap-x-1 gap-y-2 px-2 py-2">
      <IconButton label={paused ? "Play" : "Pause"} hint="Space" onClick={player.togglePlay}>
        {paused ? <Play className="size-4" /> : <Pause className="size-4" />}
      </IconButton>
      <IconButton label="Previous frame" hint="," onClick={() => player.step(-1)}>
        <StepBack className="size-4" />
      </IconButton>
      <IconButton label="Next frame" hint="." onClick={() => player.step(1)} disabled={live}>
        <StepForward className="size-4" />
      </IconButton>
      <Tooltip text="Jump to live (L)">
        <Button
          size="sm"
          variant="ghost"
          data-testid="live-button"
          aria-pressed={live}
          onClick={player.goLive}
          className={cn("gap-1.5 font-semibold", live && "text-danger hover:text-danger")}
        >
          <span aria-hidden className={cn("size-2 rounded-full", live ? "bg-danger-strong" : "bg-muted")} />
          LIVE
        </Button>
      </Tooltip>
      <time
        dateTime={new Date(player.wall).toISOString()}
        data-testid="wall-clock"
        className="px-2 text-[13px] text-muted tabular-nums"
      >
        {formatDateTime(player.wall)}
      </time>
      <div className="ml-auto flex items-center gap-1">
        <label className="sr-only" htmlFor="speed">
          Speed
        </label>
        <select
          id="speed"
          value={player.speed}
          disabled={live}
          onChange={(event) => player.setSpeed(Number(event.target.value))}
          className="h-8 rounded-lg border bg-surface px-1.5 text-[13px] disabled:opacity-50"
        >
          {SPEEDS.map((speed) => (
            <option key={speed} value={speed}>
              {speed}×
            </option>
          ))}
        </select>
        <Tooltip text="Download picture">
          <Button asChild variant="ghost" size="icon">
            <a
              href={snapshotUrl(cameraId, live ? {} : { time: player.wall })}
              download={`${cameraId}_${fileStamp(player.wall)}.jpg`}
              aria-label="Download picture"
            >
              <CameraIcon className="size-4" />
            </a>
          </Button>
        </Tooltip>
        <IconButton label={muted ? "Sound on" : "Mute"} hint="M" onClick={toggleMute}>
          {muted ? <VolumeX className="size-4" /> : <Volume2 className="size-4" />}
        </IconButton>
        <IconButton label="Full screen" hint="F" onClick={toggleFullScreen}>
          <Maximize className="size-4" />
        </IconButton>
      </div>
    </div>
  );
}

interface IconButtonProps {
  label: string;
  hint: string;
  disabled?: boolean;
  onClick: () => void;
  children: ReactNode;
}

function IconButton({ label, hint, disabled, onClick, children }: IconButtonProps) {
  return (
    <Tooltip text={`${label} (${hint})`}>
      <Button variant="ghost" size="icon" aria-label={label} disabled={disabled} onClick={onClick}>
        {children}
      </Button>
    </Tooltip>
  );
}

function fileStamp(ms: number): string {
  return new Date(ms).toISOString().slice(0, 19).replaceAll(/[-:]/g, "").replace("T", "_");
}
