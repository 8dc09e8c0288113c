import type { Gop } from "./playback-index";
import type { RecordingIndex } from "./recording-index";
import { TimeMap } from "./time-map";

/** Groups of one run that lie this near each other, seconds, are played as one stretch. */
const JOIN_S = 0.5;

/** Fetches a byte range of a file, or the whole where `range` is null. */
export type FetchBytes = (
  url: string,
  range: [number, number] | null,
  signal: AbortSignal,
) => Promise<ArrayBuffer>;

/** Where the feed puts media; every call waits for those before it. */
export interface FeedTarget {
  /** Makes ready for a codec. */
  prepare: (mime: string) => Promise<void>;
  /** Drops everything that was appended. */
  clear: () => Promise<void>;
  append: (data: ArrayBuffer, offset: number | null) => Promise<void>;
}

/**
 * Lays recordings side by side on a media timeline, beginning with one group of pictures.
 *
 * Gaps take no time there: browsers hold back the last pictures before a hole and stop at it. A
 * feed serves one seek; when `signal` fires it touches nothing any more, whatever was under way.
 */
export class PlaybackFeed {
  readonly map = new TimeMap();
  /** End of what was appended, seconds on the media timeline. */
  end: number;
  /** True while nothing later is recorded than what was appended. */
  exhausted = false;
  private last: Gop | null = null;
  private shift = 0;
  private running = false;

  constructor(
    private readonly index: RecordingIndex,
    private readonly fetchBytes: FetchBytes,
    private readonly target: FeedTarget,
    /** Where on the media timeline it begins, seconds. */
    readonly begin: number,
    private readonly signal: AbortSignal,
  ) {
    this.end = begin;
  }

  /** Replaces all media by a first group; false when it was called off meanwhile. */
  async start(gop: Gop): Promise<boolean> {
    const [init, data] = await this.fetch(gop, true);
    if (this.signal.aborted) return false;
    await this.target.prepare(gop.run.mime);
    if (this.signal.aborted) return false;
    await this.target.clear();
    if (this.signal.aborted) return false;
    await this.append(gop, init, data);
    return !this.signal.aborted;
  }

  /** Appends group after group until `goal()` seconds on the media timeline; one call at a time. */
  async fill(goal: () => number): Promise<void> {
    if (this.running) return;
    this.running = true;
    try {
      while (!this.signal.aborted && this.last && this.end < goal()) {
        const gop = await this.index.after(this.last, this.signal);
        if (this.signal.aborted) return;
        this.exhausted = gop === null;
        if (!gop) return;
        const [init, data] = await this.fetch(gop, gop.run.id !== this.last.run.id);
        if (this.signal.aborted) return;
        await this.target.prepare(gop.run.mime);
        if (this.signal.aborted) return;
        await this.append(gop, init, data);
      }
    } finally {
      this.running = false;
    }
  }

  /** Looks anew for what follows, as it may have been deleted. */
  forgetAhead(): void {
    if (this.last) this.index.forgetAfter(this.last);
  }

  private fetch(gop: Gop, withInit: boolean): Promise<[ArrayBuffer | null, ArrayBuffer]> {
    const range: [number, number] = [gop.firstByte, gop.firstByte + gop.size - 1];
    return Promise.all([
      withInit ? this.fetchBytes(gop.run.initUrl, null, this.signal) : null,
      this.fetchBytes(gop.url, range, this.signal),
    ]);
  }

  private async append(gop: Gop, init: ArrayBuffer | null, data: ArrayBuffer): Promise<void> {
    if (!this.continues(gop)) {
      this.shift = this.end - gop.wall / 1000;
      this.map.add(this.end, gop.wall);
    }
    if (init) await this.target.append(init, null);
    if (this.signal.aborted) return;
    await this.target.append(data, gop.zero + this.shift);
    if (this.signal.aborted) return;
    this.last = gop;
    this.end = gop.wallEnd / 1000 + this.shift;
  }

  private continues(gop: Gop): boolean {
    const { last } = this;
    if (!last || last.run.id !== gop.run.id) return false;
    return Math.abs(gop.wall - last.wallEnd) < JOIN_S * 1000;
  }
}
