import { BufferQueue } from "./buffer-queue";
import { watchFrames } from "./frame-clock";
import { buildIndex, type Gop, gopAt, mergeIndex, type PlaybackManifest } from "./playback-index";
import { jumpOverHole, spanAt, spans } from "./ranges";
import type { PlayerEvents } from "./types";

/** The media timeline begins this long before the player was made. */
const HORIZON_S = 400 * 86400;
const AHEAD_S = 12;
/** How much of the index is asked for at once. */
const WINDOW_MS = 10 * 60_000;
const MAX_WINDOW_MS = 30 * 86_400_000;
const REFRESH_MS = 2000;
const TICK_MS = 200;
/** Times come in ms, frames begin anywhere: never land just before the one that is meant. */
const ROUNDING_S = 0.001;
/** Without movement for this many ticks, playing has stopped by itself. */
const STALL_TICKS = 3;
/** What may be left unplayed, seconds, before a hole or the end. */
const STALL_REST_S = 1.5;
const NUDGE_S = 0.1;
const DEFAULT_FRAME_S = 1 / 25;

export interface PlaybackSource {
  /** Gives what was recorded between two times, ms since the epoch. */
  manifest: (start: number, end: number, signal: AbortSignal) => Promise<PlaybackManifest>;
  /** Fetches a byte range, or the whole where `range` is null. */
  bytes: (url: string, range: [number, number] | null, signal: AbortSignal) => Promise<ArrayBuffer>;
}

export interface PlaybackPlayerEvents extends PlayerEvents {
  /** Played up to the newest recording. */
  onCaughtUp: () => void;
}

/**
 * Plays recordings by appending the byte ranges of single groups of pictures.
 *
 * One media timeline holds all of the past, so a seek is only a new place to fetch from; holes
 * between recordings are jumped.
 */
export class PlaybackPlayer {
  private readonly origin = Date.now() - HORIZON_S * 1000;
  private readonly source = new MediaSource();
  private readonly objectUrl = URL.createObjectURL(this.source);
  private readonly inits = new Map<string, Promise<ArrayBuffer>>();
  private readonly timer: ReturnType<typeof setInterval>;
  private readonly stopFrames: () => void;
  private queue: BufferQueue | null = null;
  private mime = "";
  private gops: Gop[] = [];
  private loadedUntil = 0;
  private refreshAt = 0;
  private cursor = 0;
  private appendedRun = "";
  private abort = new AbortController();
  private pumping = false;
  private wantPlay = true;
  private frameS = DEFAULT_FRAME_S;
  private lastFrame: number | null = null;
  private tickTime = -1;
  private stalledTicks = 0;
  private destroyed = false;

  constructor(
    private readonly video: HTMLVideoElement,
    private readonly media: PlaybackSource,
    private readonly events: PlaybackPlayerEvents,
  ) {
    this.stopFrames = watchFrames(video, (time) => this.onFrame(time));
    this.timer = setInterval(() => this.tick(), TICK_MS);
    video.src = this.objectUrl;
  }

  /** Shows the frame at a wall-clock time (ms), or the first one after it. */
  seek(wall: number): void {
    this.abort.abort();
    this.abort = new AbortController();
    this.pumping = false;
    this.refreshAt = 0;
    const time = this.timeOf(wall) + ROUNDING_S;
    if (spanAt(spans(this.video.buffered), time)) {
      this.video.currentTime = time;
      this.placeCursorAfterBuffer();
      void this.pump();
      return;
    }
    this.events.onState("buffering", null);
    void this.restartAt(wall, this.abort.signal);
  }

  play(): void {
    this.wantPlay = true;
    this.video.play().catch(() => {
      if (this.destroyed) return;
      this.video.muted = true;
      this.video.play().catch(() => this.events.onState("paused", null));
    });
  }

  pause(): void {
    this.wantPlay = false;
    this.video.pause();
    this.events.onState("paused", null);
  }

  /** Pauses and goes some frames forth, or back where negative. */
  step(frames: number): void {
    this.pause();
    const time = this.video.currentTime + frames * this.frameS;
    if (spanAt(spans(this.video.buffered), time)) this.video.currentTime = time;
    else this.seek(this.wallOf(time));
  }

  destroy(): void {
    this.destroyed = true;
    clearInterval(this.timer);
    this.stopFrames();
    this.abort.abort();
    this.queue?.close();
    URL.revokeObjectURL(this.objectUrl);
    this.video.removeAttribute("src");
    this.video.load();
  }

  private async restartAt(wall: number, signal: AbortSignal): Promise<void> {
    try {
      await this.opened();
      if (signal.aborted) return;
      await this.load(wall - 30_000, wall + WINDOW_MS, signal, true);
      if (gopAt(this.gops, wall) === -1) await this.extend(signal);
      if (signal.aborted) return;
      const at = gopAt(this.gops, wall);
      const gop = this.gops[at];
      if (!gop) {
        this.events.onState("ended", null);
        this.events.onCaughtUp();
        return;
      }
      await this.prepareBuffer(gop.run.mime);
      await this.queue?.remove(0, HORIZON_S * 2);
      if (signal.aborted) return;
      this.cursor = at;
      this.appendedRun = "";
      this.lastFrame = null;
      this.video.currentTime = this.timeOf(Math.max(wall, gop.wall)) + ROUNDING_S;
      if (this.wantPlay) this.play();
      await this.pump();
    } catch (error) {
      this.fail(error, signal);
    }
  }

  /** Reads the index of a window; `fresh` forgets what was known. */
  private async load(start: number, end: number, signal: AbortSignal, fresh: boolean): Promise<void> {
    const now = Date.now();
    const until = Math.min(end, now);
    if (until <= start) return;
    const more = buildIndex(await this.media.manifest(start, until, signal), this.origin);
    if (signal.aborted) return;
    this.gops = fresh ? more : mergeIndex(this.gops, more);
    this.loadedUntil = until;
  }

  /** Fetches and appends until enough lies ahead of the playhead. One pump runs at a time. */
  private async pump(): Promise<void> {
    if (this.pumping || this.destroyed || !this.queue) return;
    const signal = this.abort.signal;
    this.pumping = true;
    try {
      while (!signal.aborted && this.aheadS() < AHEAD_S * Math.max(1, this.video.playbackRate)) {
        const gop = this.gops[this.cursor];
        if (!gop) {
          if (!(await this.extend(signal))) break;
          continue;
        }
        await this.appendGop(gop, signal);
        if (!signal.aborted) this.cursor += 1;
      }
    } catch (error) {
      this.fail(error, signal);
    } finally {
      if (!signal.aborted) this.pumping = false;
    }
  }

  /**
   * Looks for recordings after the last known one, in windows that grow while they are empty;
   * false when there are none up to now.
   */
  private async extend(signal: AbortSignal): Promise<boolean> {
    if (Date.now() < this.refreshAt) return false;
    const before = this.gops.length;
    const from = this.gops.at(-1)?.wallEnd ?? this.loadedUntil;
    for (let window = WINDOW_MS; ; window *= 4) {
      await this.load(from, from + Math.min(window, MAX_WINDOW_MS), signal, false);
      if (signal.aborted || this.gops.length > before) return true;
      if (from + window >= Date.now() || window >= MAX_WINDOW_MS) break;
    }
    this.refreshAt = Date.now() + REFRESH_MS;
    return false;
  }

  private async appendGop(gop: Gop, signal: AbortSignal): Promise<void> {
    const range: [number, number] = [gop.firstByte, gop.firstByte + gop.size - 1];
    const [init, data] = await Promise.all([
      this.init(gop),
      this.media.bytes(gop.url, range, signal),
    ]);
    if (signal.aborted) return;
    await this.prepareBuffer(gop.run.mime);
    const queue = this.queue;
    if (!queue || signal.aborted) return;
    if (this.appendedRun !== gop.run.id) {
      await queue.append(init);
      if (signal.aborted) return;
      this.appendedRun = gop.run.id;
    }
    await queue.append(data, gop.offset);
    queue.evict(30);
  }

  private init(gop: Gop): Promise<ArrayBuffer> {
    let init = this.inits.get(gop.run.id);
    if (!init) {
      init = this.media.bytes(gop.run.initUrl, null, new AbortController().signal);
      init.catch(() => this.inits.delete(gop.run.id));
      this.inits.set(gop.run.id, init);
    }
    return init;
  }

  private async prepareBuffer(mime: string): Promise<void> {
    if (this.mime === mime) return;
    if (!MediaSource.isTypeSupported(mime)) {
      throw new DOMException(`This browser cannot play ${mime}.`, "NotSupportedError");
    }
    if (this.queue) {
      await this.queue.changeType(mime);
    } else {
      const buffer = this.source.addSourceBuffer(mime);
      this.source.duration = HORIZON_S * 2;
      this.queue = new BufferQueue(buffer, () => this.video.currentTime);
    }
    this.mime = mime;
    this.appendedRun = "";
  }

  private opened(): Promise<void> {
    if (this.source.readyState === "open") return Promise.resolve();
    return new Promise((done) => {
      this.source.addEventListener("sourceopen", () => done(), { once: true });
    });
  }

  private placeCursorAfterBuffer(): void {
    const here = spanAt(spans(this.video.buffered), this.video.currentTime);
    if (!here) return;
    const next = this.gops.findIndex((gop) => gop.time >= here.end - 0.05);
    this.cursor = next === -1 ? this.gops.length : next;
  }

  private aheadS(): number {
    const last = spans(this.video.buffered).at(-1);
    return last ? Math.max(0, last.end - this.video.currentTime) : 0;
  }

  private tick(): void {
    if (!this.queue || this.video.seeking) {
      void this.pump();
      return;
    }
    this.countStall();
    const all = spans(this.video.buffered);
    const target = jumpOverHole(all, this.video.currentTime, this.isStalled ? STALL_REST_S : 0);
    if (target !== null) this.video.currentTime = target;
    else if (this.wantPlay && this.atEnd()) this.onEnd();
    else if (this.isStalled && this.aheadS() > STALL_REST_S) this.nudge();
    void this.pump();
  }

  /** Browsers stop a little before the end of what is buffered, the sooner the faster they play. */
  private countStall(): void {
    const time = this.video.currentTime;
    this.stalledTicks = this.wantPlay && time === this.tickTime ? this.stalledTicks + 1 : 0;
    this.tickTime = time;
  }

  /** Steps over a hole too small to see in the buffered ranges, which stops browsers all the same. */
  private nudge(): void {
    this.stalledTicks = 0;
    this.video.currentTime += NUDGE_S;
    if (this.video.paused) this.play();
  }

  private get isStalled(): boolean {
    return this.stalledTicks >= STALL_TICKS;
  }

  private atEnd(): boolean {
    const rest = this.isStalled ? STALL_REST_S : 0.15;
    return this.cursor >= this.gops.length && this.aheadS() < rest && Date.now() < this.refreshAt;
  }

  private onEnd(): void {
    this.events.onState("ended", null);
    this.events.onCaughtUp();
  }

  private onFrame(mediaTime: number): void {
    const gap = this.lastFrame === null ? 0 : mediaTime - this.lastFrame;
    if (gap > 0.005 && gap < 0.2 && this.video.playbackRate <= 1) this.frameS = gap;
    this.lastFrame = mediaTime;
    this.events.onState(this.video.paused ? "paused" : "playing", null);
    this.events.onWallClock(this.wallOf(mediaTime));
  }

  private timeOf(wall: number): number {
    return (wall - this.origin) / 1000;
  }

  private wallOf(time: number): number {
    return this.origin + time * 1000;
  }

  private fail(error: unknown, signal: AbortSignal): void {
    if (signal.aborted || this.destroyed) return;
    const message = error instanceof Error ? error.message : String(error);
    this.events.onState("error", { code: "playback_failed", message });
  }
}
