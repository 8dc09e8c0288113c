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
