/** What to do to stay at the live edge. */
export interface Chase {
  /** Jump to this time, or null. */
  seek: number | null;
  /** Play at this rate. */
  rate: number;
}

const JUMP_BEHIND_S = 2;

/**
 * Says how to follow the live edge: more than 2 s behind jumps, else the rate is bent a little.
 *
 * `target` is the wished distance in seconds between the playhead and the end of the buffer.
 */
export function chaseEdge(playhead: number, bufferedEnd: number, target: number): Chase {
  const behind = bufferedEnd - playhead;
  if (behind > JUMP_BEHIND_S + target) return { seek: bufferedEnd - target, rate: 1 };
  if (behind > target + 0.5) return { seek: null, rate: 1.15 };
  if (behind > target + 0.12) return { seek: null, rate: 1.05 };
  if (behind < target * 0.4) return { seek: null, rate: 0.97 };
  return { seek: null, rate: 1 };
}
