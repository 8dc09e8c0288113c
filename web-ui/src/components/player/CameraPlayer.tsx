import { useQuery } from "@tanstack/react-query";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";

import { recordingsQuery } from "@/api/recordings";
import type { Camera } from "@/api/types";
import { TimelineBar } from "@/components/timeline/TimelineBar";
import { fetchWindow, latestView, panView, showTime, type View } from "@/components/timeline/view";
import { Spinner } from "@/components/ui/Spinner";
import { cameraState, mainHealth } from "@/lib/camera-state";
import { useUi } from "@/stores/ui";

import { PlayerControls } from "./PlayerControls";
import { Stills } from "./Stills";
import { TileOverlay } from "./TileOverlay";
import { useCameraPlayer } from "./use-camera-player";
import { usePlayerKeys } from "./use-player-keys";

const DAY_MS = 86_400_000;
const SCRUB_EVERY_MS = 120;

interface Props {
  camera: Camera;
  /** Where to begin, ms; null for live. */
  initial: number | null;
}

/** Live picture and recordings of one camera, with the timeline. */
export function CameraPlayer({ camera, initial }: Props) {
  const frame = useRef<HTMLDivElement>(null);
  const video = useRef<HTMLVideoElement>(null);
  const { muted, setMuted } = useUi();
  const state = cameraState(camera);
  const recordedStream = camera.recorded_streams[0] ?? "main";
  const canLive = state !== "disabled" && state !== "config_error" && state !== "unsupported";
  const player = useCameraPlayer(video, {
    cameraId: camera.id,
    liveStream: "main",
    recordedStream,
    canLive,
    initial,
  });
  const live = player.mode === "live";

  const [view, setView] = useState<View>(() => {
    const now = Date.now();
    return showTime(latestView(DAY_MS, now), initial ?? now, now);
  });
  useFollowCursor(live, player.wall, setView);
  const scrub = useScrub(player.seek);

  const asked = fetchWindow(view);
  const recordings = useQuery(recordingsQuery(camera.id, recordedStream, asked.start, asked.end));
  const ranges = useMemo(() => recordings.data?.ranges.map(toStretch) ?? [], [recordings.data]);
  const gaps = useMemo(
    () =>
      recordings.data?.gaps.map((gap) => ({
        ...toStretch(gap),
        reason: gap.reason,
        detail: gap.detail,
      })) ?? [],
    [recordings.data],
  );

  const toggleMute = useCallback(() => setMuted(!muted), [muted, setMuted]);
  const toggleFullScreen = useCallback(() => {
    const change = document.fullscreenElement
      ? document.exitFullscreen()
      : frame.current?.requestFullscreen();
    change?.catch(() => undefined);
  }, []);
  usePlayerKeys(player, { toggleMute, toggleFullScreen });

  useEffect(() => {
    if (video.current) video.current.muted = muted;
  }, [muted]);

  const health = mainHealth(camera);
  const troubled = live && state !== "online" && state !== "starting";
  const waiting = player.state === "connecting" || player.state === "buffering";
  return (
    <div ref={frame} className="flex flex-col overflow-hidden rounded-card border bg-surface">
      <div className="relative aspect-video max-h-[68dvh] w-full grow bg-black">
        <video
          ref={video}
          playsInline
          aria-label={`${camera.name}, ${live ? "live" : "recording"}`}
          data-testid="player"
          data-mode={player.mode}
          data-state={player.state}
          onClick={player.togglePlay}
          onDoubleClick={toggleFullScreen}
          className="absolute inset-0 size-full object-contain"
        />
        {live && player.transport === "stills" && canLive && (
          <Stills cameraId={camera.id} stream="main" label={`${camera.name}, live`} />
        )}
        {troubled && <TileOverlay state={state} message={health?.message ?? ""} />}
        {!troubled && waiting && player.transport !== "stills" && (
          <div className="pointer-events-none absolute inset-0 grid place-content-center text-white/80">
            <Spinner className="size-8" />
          </div>
        )}
        {!troubled && player.fault && (
          <p
            role="status"
            data-testid="player-fault"
            className="absolute inset-x-0 bottom-0 bg-black/75 px-4 py-2 text-center text-sm text-white"
          >
            {player.fault.message}
          </p>
        )}
      </div>
      <PlayerControls
        player={player}
        cameraId={camera.id}
        muted={muted}
        toggleMute={toggleMute}
        toggleFullScreen={toggleFullScreen}
      />
      <TimelineBar
        view={view}
        setView={setView}
        ranges={ranges}
        gaps={gaps}
        cursor={scrub.target ?? player.wall}
        live={live && scrub.target === null}
        onSeek={scrub.onSeek}
        onLive={player.goLive}
        error={recordings.error}
      />
    </div>
  );
}

function toStretch({ start, end }: { start: string; end: string }): { start: number; end: number } {
  return { start: Date.parse(start), end: Date.parse(end) };
}

/** Moves the view along with time, as long as the playhead was in sight. */
function useFollowCursor(
  live: boolean,
  wall: number,
  setView: (change: (view: View) => View) => void,
): void {
  const last = useRef(wall);
  useEffect(() => {
    const before = last.current;
    last.current = wall;
    setView((view) => {
      const end = view.start + view.span;
      const wasShown = before >= view.start && before <= end;
      if (!wasShown) return view;
      const now = Date.now();
      if (live) {
        const edge = latestView(view.span, now);
        // Follow only where the view already ends at now.
        const drift = edge.start - view.start;
        return drift > view.span / 500 && drift < view.span / 20 ? edge : view;
      }
      if (wall > end) return panView(view, view.span * 0.75, now);
      return wall < view.start ? showTime(view, wall, now) : view;
    });
  }, [live, wall, setView]);
}

/** While dragging, seeks at most a few times a second; the last place always counts. */
function useScrub(seek: (wall: number) => void): {
  target: number | null;
  onSeek: (wall: number, done: boolean) => void;
} {
  const [target, setTarget] = useState<number | null>(null);
  const lastSeek = useRef(0);
  const onSeek = useCallback(
    (wall: number, done: boolean) => {
      setTarget(done ? null : wall);
      const now = performance.now();
      if (!done && now - lastSeek.current < SCRUB_EVERY_MS) return;
      lastSeek.current = now;
      seek(Math.min(wall, Date.now()));
    },
    [seek],
  );
  return { target, onSeek };
}
