/** What a player is doing. */
export type PlayerState =
  | "connecting"
  | "buffering"
  | "playing"
  | "paused"
  | "ended"
  | "error";

/** Why a player stopped, in the server's words. */
export interface PlayerFault {
  code: string;
  message: string;
}

/** Told by every player to the component that holds it. */
export interface PlayerEvents {
  onState: (state: PlayerState, fault: PlayerFault | null) => void;
  /** Wall-clock time of the frame on screen, ms since the epoch. */
  onWallClock: (ms: number) => void;
}

/** Plays live pictures in a video element from its making until `destroy`. */
export interface LivePictures {
  /** Holds the picture. */
  pause: () => void;
  /** Goes on, at the live edge. */
  resume: () => void;
  destroy: () => void;
}

/** Plays recordings in a video element from its making until `destroy`. */
export interface PastPictures {
  /** True unless it is paused, also while it waits for media. */
  readonly isPlaying: boolean;
  /** Shows the frame at a wall-clock time (ms), or the first one after it. */
  seek: (wall: number) => void;
  play: () => void;
  pause: () => void;
  /** Pauses and goes some frames forth, or back where negative. */
  step: (frames: number) => void;
  destroy: () => void;
}
