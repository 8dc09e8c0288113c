import { buildIndex, type Gop, gopAt, mergeIndex, type PlaybackManifest } from "./playback-index";

/** How much is asked for at once, ms; four times as much each time that nothing is there. */
const WINDOW_MS = 60_000;
const MAX_WINDOW_MS = 30 * 86_400_000;
/** A file that holds a time may begin this much before it. */
const BEFORE_MS = 30_000;
/** The newest recordings are asked for at most this often. */
const REFRESH_MS = 700;

export type LoadManifest = (start: number, end: number, signal: AbortSignal) => Promise<PlaybackManifest>;

/** What was recorded from some time on, read piece by piece as it is needed. */
export class RecordingIndex {
  private gops: Gop[] = [];
  private readUntil = 0;
  private askAgainAt = 0;

  constructor(
    private readonly load: LoadManifest,
    private readonly clock: () => number,
  ) {}

  /**
   * The group of pictures that shows a wall-clock time (ms), else the first one after it, else the
   * last one before; null where nothing is recorded around or after it.
   */
  async find(wall: number, signal: AbortSignal): Promise<Gop | null> {
    this.gops = [];
    this.readUntil = wall - BEFORE_MS;
    await this.read(wall + WINDOW_MS, signal);
    if (gopAt(this.gops, wall) === -1) await this.readOn(signal);
    return this.gops[gopAt(this.gops, wall)] ?? this.gops.at(-1) ?? null;
  }

  /** The group after another; null when there is none as yet. */
  async after(gop: Gop, signal: AbortSignal): Promise<Gop | null> {
    const known = this.firstAfter(gop);
    if (known || this.clock() < this.askAgainAt) return known;
    await this.readOn(signal);
    return this.firstAfter(gop);
  }

  /** Forgets everything later than a group, as its files have gone. */
  forgetAfter(gop: Gop): void {
    this.gops = this.gops.filter((known) => known.wall <= gop.wall);
    this.readUntil = gop.wallEnd;
  }

  private firstAfter(gop: Gop): Gop | null {
    return this.gops.find((next) => next.wall > gop.wall) ?? null;
  }

  private async readOn(signal: AbortSignal): Promise<void> {
    const before = this.gops.length;
    const from = Math.max(this.gops.at(-1)?.wallEnd ?? 0, this.readUntil - BEFORE_MS);
    for (let window = WINDOW_MS; !signal.aborted; window *= 4) {
      this.readUntil = from;
      await this.read(from + Math.min(window, MAX_WINDOW_MS), signal);
      if (this.gops.length > before) return;
      if (from + window >= this.clock() || window >= MAX_WINDOW_MS) break;
    }
    this.askAgainAt = this.clock() + REFRESH_MS;
  }

  private async read(end: number, signal: AbortSignal): Promise<void> {
    const until = Math.min(end, this.clock());
    if (until <= this.readUntil) return;
    const more = buildIndex(await this.load(this.readUntil, until, signal));
    if (signal.aborted) return;
    this.gops = mergeIndex(this.gops, more);
    this.readUntil = until;
  }
}
