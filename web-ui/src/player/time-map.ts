interface Piece {
  /** Where it begins on the media timeline, seconds. */
  media: number;
  /** What time it was then, ms since the epoch. */
  wall: number;
}

/** Frames may be reported a rounding error before the place they were put. */
const ROUNDING_S = 0.002;

/** Says what time it was at each place of a media timeline on which recordings lie side by side. */
export class TimeMap {
  private readonly pieces: Piece[] = [];

  /** From `media` seconds on, the time is `wall` (ms) and goes on from there. */
  add(media: number, wall: number): void {
    this.pieces.push({ media, wall });
  }

  /** Wall-clock time at a place. */
  wallOf(media: number): number {
    const piece = this.pieces.findLast((p) => p.media <= media + ROUNDING_S) ?? this.pieces[0];
    return piece ? piece.wall + (media - piece.media) * 1000 : Number.NaN;
  }

  /** Place of a wall-clock time; times between two pieces give the later one's begin. */
  mediaOf(wall: number): number {
    const at = this.pieces.findLastIndex((piece) => piece.wall <= wall);
    const piece = this.pieces[Math.max(0, at)];
    if (!piece) return Number.NaN;
    const media = piece.media + (wall - piece.wall) / 1000;
    return Math.min(media, this.pieces[at + 1]?.media ?? media);
  }
}
