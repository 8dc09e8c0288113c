import { type RefObject, useCallback, useEffect, useRef, useState } from "react";

import { HlsPlayer } from "@/player/hls-player";
import { hasMediaSource, LivePlayer } from "@/player/live-player";
import { liveHlsUrl, liveSocketUrl } from "@/player/live-url";
import type { LivePictures, PlayerFault, PlayerState } from "@/player/types";

/** How live pictures get here: each is tried where the one before is not possible. */
export type Transport = "mse" | "hls" | "stills";

interface Options {
  cameraId: string;
  stream: string;
  /** False closes the connection. */
  active: boolean;
  onWallClock?: (ms: number) => void;
}

export interface LiveVideo {
  state: PlayerState;
  fault: PlayerFault | null;
  transport: Transport;
  pause: () => void;
  resume: () => void;
}

/** Plays a camera's live stream in a video element for as long as `active` is true. */
export function useLiveVideo(
  video: RefObject<HTMLVideoElement | null>,
  { cameraId, stream, active, onWallClock }: Options,
): LiveVideo {
  const [state, setState] = useState<PlayerState>("connecting");
  const [fault, setFault] = useState<PlayerFault | null>(null);
  const [transport, setTransport] = useState<Transport>(hasMediaSource() ? "mse" : "hls");
  const player = useRef<LivePictures | null>(null);
  const wallClock = useRef(onWallClock);
  useEffect(() => {
    wallClock.current = onWallClock;
  });

  useEffect(() => {
    const element = video.current;
    if (!active || !element || transport === "stills") return undefined;
    const events = {
      onState: (next: PlayerState, problem: PlayerFault | null) => {
        setState(next);
        setFault(problem);
      },
      onWallClock: (ms: number) => wallClock.current?.(ms),
    };
    const made =
      transport === "mse"
        ? new LivePlayer(element, liveSocketUrl(cameraId, stream), {
            ...events,
            onUnsupported: () => setTransport("hls"),
          })
        : new HlsPlayer(element, liveHlsUrl(cameraId, stream), {
            ...events,
            onUnsupported: () => setTransport("stills"),
          });
    player.current = made;
    return () => {
      player.current = null;
      made.destroy();
      setState("connecting");
      setFault(null);
    };
  }, [video, cameraId, stream, active, transport]);

  const pause = useCallback(() => player.current?.pause(), []);
  const resume = useCallback(() => player.current?.resume(), []);
  return { state, fault, transport, pause, resume };
}
