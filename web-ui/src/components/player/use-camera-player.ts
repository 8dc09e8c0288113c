import { type RefObject, useCallback, useEffect, useRef, useState } from "react";

import { fetchBytes } from "@/api/client";
import { fetchPlayback } from "@/api/recordings";
import type { StreamName } from "@/api/types";
import { HlsPastPlayer } from "@/player/hls-past-player";
import { hasMediaSource } from "@/player/live-player";
import { pastHlsUrl } from "@/player/live-url";
import { PlaybackPlayer } from "@/player/playback-player";
import type { PastPictures, PlayerFault, PlayerState } from "@/player/types";

import { showWallClock } from "./show-wall-clock";
import { type Transport, useLiveVideo } from "./use-live-video";

export type PlayerMode = "live" | "playback";

export interface CameraPlayerControls {
  mode: PlayerMode;
  state: PlayerState;
  fault: PlayerFault | null;
  transport: Transport;
  /** Wall-clock time of the frame on screen, ms, a few times a second. */
  wall: number;
  speed: number;
  setSpeed: (speed: number) => void;
  seek: (wall: number) => void;
  /** Seeks from the time shown now, ms; negative goes back. */
  seekBy: (ms: number) => void;
  goLive: () => void;
  togglePlay: () => void;
  step: (frames: number) => void;
}

interface Options {
  cameraId: string;
  liveStream: string;
  recordedStream: StreamName;
  /** False while the camera gives no live pictures at all. */
  canLive: boolean;
  /** Where to begin, ms; null for live. */
  initial: number | null;
}

/** How often the shown time moves; each frame's own time is on the video element. */
const WALL_EVERY_MS = 200;
/** Nearer to now than this, live is what is meant. */
const LIVE_EDGE_MS = 2000;

/** One player for live and past in one video element. */
export function useCameraPlayer(
  video: RefObject<HTMLVideoElement | null>,
  { cameraId, liveStream, recordedStream, canLive, initial }: Options,
): CameraPlayerControls {
  const [mode, setMode] = useState<PlayerMode>(initial === null ? "live" : "playback");
  const [wall, setWall] = useState(initial ?? Date.now());
  const [speed, setSpeed] = useState(1);
  const [state, setState] = useState<PlayerState>("connecting");
  const [fault, setFault] = useState<PlayerFault | null>(null);
  const player = useRef<PastPictures | null>(null);
  const firstSeek = useRef(initial ?? 0);
  const wantPlay = useRef(true);
  const shownAt = useRef(0);
  /** Time of the newest frame, or the one asked for while that is on its way. */
  const newest = useRef(initial ?? Date.now());

  const onWallClock = useCallback(
    (ms: number) => {
      showWallClock(video.current, ms);
      newest.current = ms;
      const now = performance.now();
      if (now - shownAt.current < WALL_EVERY_MS) return;
      shownAt.current = now;
      setWall(ms);
    },
    [video],
  );

  const live = useLiveVideo(video, {
    cameraId,
    stream: liveStream,
    active: mode === "live" && canLive,
    onWallClock,
  });

  const { pause: pauseLive, resume: resumeLive } = live;
  const goLive = useCallback(() => {
    setMode("live");
    setSpeed(1);
    setWall(Date.now());
    newest.current = Date.now();
    wantPlay.current = true;
    resumeLive();
  }, [resumeLive]);

  useEffect(() => {
    const element = video.current;
    if (mode !== "playback" || !element) return undefined;
    const manifest = (start: number, end: number, signal: AbortSignal) =>
      fetchPlayback(cameraId, recordedStream, start, end, signal);
    const events = {
      onState: (next: PlayerState, problem: PlayerFault | null) => {
        setState(next);
        setFault(problem);
      },
      onWallClock,
      onCaughtUp: goLive,
    };
    const playlist = (start: number, end: number): string =>
      pastHlsUrl(cameraId, recordedStream, start, end);
    const made: PastPictures = hasMediaSource()
      ? new PlaybackPlayer(element, { manifest, bytes: fetchBytes }, events)
      : new HlsPastPlayer(element, { manifest, playlist }, events);
    player.current = made;
    if (!wantPlay.current) made.pause();
    made.seek(firstSeek.current);
    return () => {
      player.current = null;
      made.destroy();
    };
  }, [video, mode, cameraId, recordedStream, onWallClock, goLive]);

  useEffect(() => {
    const element = video.current;
    if (!element || mode === "live") return;
    element.defaultPlaybackRate = speed;
    element.playbackRate = speed;
    return () => {
      element.defaultPlaybackRate = 1;
    };
  }, [video, speed, mode]);

  const seek = useCallback(
    (target: number) => {
      if (target >= Date.now() - LIVE_EDGE_MS) {
        goLive();
        return;
      }
      setWall(target);
      newest.current = target;
      shownAt.current = performance.now() + WALL_EVERY_MS;
      firstSeek.current = target;
      if (player.current) player.current.seek(target);
      else setMode("playback");
    },
    [goLive],
  );

  const seekBy = useCallback((ms: number) => seek(newest.current + ms), [seek]);

  const togglePlay = useCallback(() => {
    const past = player.current;
    if (past) {
      wantPlay.current = !past.isPlaying;
      if (wantPlay.current) past.play();
      else past.pause();
    } else if (live.state === "paused") {
      goLive();
    } else {
      pauseLive();
    }
  }, [live.state, pauseLive, goLive]);

  const step = useCallback(
    (frames: number) => {
      wantPlay.current = false;
      if (player.current) {
        player.current.step(frames);
        return;
      }
      const shown = Date.parse(video.current?.dataset.wallclock ?? "");
      if (Number.isFinite(shown)) {
        // What is on screen may not be recorded yet: a step back from live leaves a little room.
        firstSeek.current = Math.min(shown, Date.now() - LIVE_EDGE_MS);
        setMode("playback");
      }
    },
    [video],
  );

  const isLive = mode === "live";
  return {
    mode,
    state: isLive ? live.state : state,
    fault: isLive ? live.fault : fault,
    transport: isLive ? live.transport : "mse",
    wall,
    speed,
    setSpeed,
    seek,
    seekBy,
    goLive,
    togglePlay,
    step,
  };
}
