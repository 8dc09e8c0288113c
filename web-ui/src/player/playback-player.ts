import { BufferQueue } from "./buffer-queue";
import { watchFrames } from "./frame-clock";
import { type FeedTarget, type FetchBytes, PlaybackFeed } from "./playback-feed";
import { nextStart, restAt, spanAt, spans } from "./ranges";
import { type LoadManifest, RecordingIndex } from "./recording-index";
import { startVideo } from "./start-video";
import type { PastPictures, PlayerEvents } from "./types";

/** Each seek outside of the buffer gets a stretch of the media timeline of its own, seconds. */
const SESSION_S = 100_000;
const DURATION_S = 1e9;
const AHEAD_S = 12;
const KEEP_BEHIND_S = 30;
const TICK_MS = 200;
/** Times come in ms, frames begin anywhere: never land just before the one that is meant. */
const ROUNDING_S = 0.001;
/** Without movement for this many ticks, playing has stopped by itself. */
const STALL_TICKS = 3;
/** What a browser may leave unplayed before the end, seconds. */
const STALL_REST_S = 1.5;
/** How long the next file is waited for at the end of the newest one. */
const END_PATIENCE_MS = 2000;
/** A time that is not recorded as yet begins this long before the newest recording's end. */
const EDGE_MS = 2000;
const RETRY_MS = 2000;
const DEFAULT_FRAME_S = 1 / 25;

export interface PlaybackSource {
  /** Gives what was recorded between two times, ms since the epoch. */
  manifest: LoadManifest;
  bytes: FetchBytes;
}

export interface PlaybackPlayerEvents extends PlayerEvents {
  /** Played up to the newest recording. */
  onCaughtUp: () => void;
}

/**
 * Plays recordings by appending the byte ranges of single groups of pictures.
 *
 * A seek fetches first and moves the playhead then, so the playhead is only ever put where media
 * is. What an earlier seek had under way cannot reach the media of a later one.
 */
export class PlaybackPlayer implements PastPictures {
  private readonly source = new MediaSource();
  private readonly objectUrl = URL.createObjectURL(this.source);
  private readonly timer: ReturnType<typeof setInterval>;
  private readonly stopFrames: () => void;
  private queue: BufferQueue | null = null;
  private mime = "";
  private sessions = 0;
  private abort = new AbortController();
  private feed: PlaybackFeed | null = null;
  /** The time asked for, while it is not on screen yet. */
  private asked: number | null = null;
  private wantPlay = true;
  private frameS: number | null = null;
  private lastFrame: number | null = null;
  private tickTime = -1;
  private stalledTicks = 0;
  private endedAt: number | null = null;
  private retryAt = 0;
  private destroyed = false;

  constructor(
    private readonly video: HTMLVideoElement,
    private readonly media: PlaybackSource,
    private readonly events: PlaybackPlayerEvents,
    private readonly clock: () => number = Date.now,
  ) {
    this.stopFrames = watchFrames(video, (time) => this.onFrame(time));
    this.timer = setInterval(() => this.tick(), TICK_MS);
    video.src = this.objectUrl;
  }

  /** Shows the frame at a wall-clock time (ms), or the first one after it. */
  seek(wall: number): void {
    const feed = this.feed;
    const time = (feed?.map.mediaOf(wall) ?? Number.NaN) + ROUNDING_S;
    if (feed && this.asked === null && time >= feed.begin && this.isBuffered(time)) {
      this.place(time);
      return;
    }
    this.abort.abort();
    this.abort = new AbortController();
    this.feed = null;
    this.retryAt = 0;
    this.asked = wall;
    this.video.pause();
    this.events.onState("buffering", null);
    void this.begin(wall, this.abort.signal);
  }

  play(): void {
    this.wantPlay = true;
    if (this.asked === null) this.start();
  }

  pause(): void {
    this.wantPlay = false;
    this.video.pause();
    if (this.asked === null) this.events.onState("paused", null);
  }

  /** True unless it is paused, also while it waits for media. */
  get isPlaying(): boolean {
    return this.wantPlay;
  }

  /** Pauses and goes some frames forth, or back where negative. */
  step(frames: number): void {
    this.pause();
    if (!this.feed || this.asked !== null) return;
    // Into the middle of the frame that is meant.
    const shown = this.lastFrame ?? this.video.currentTime;
    const time = shown + (frames + 0.5) * (this.frameS ?? DEFAULT_FRAME_S);
    if (this.isBuffered(time)) this.place(time);
    else this.seek(this.feed.map.wallOf(time));
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

  private async begin(wall: number, signal: AbortSignal): Promise<void> {
    try {
      await this.opened();
      const index = new RecordingIndex(this.media.manifest, this.clock);
      let time = wall;
      let gop = await index.find(time, signal);
      if (gop && !signal.aborted && time >= gop.wallEnd) {
        time = gop.wallEnd - EDGE_MS;
        gop = await index.find(time, signal);
      }
      if (signal.aborted) return;
      if (!gop) {
        this.onEnd();
        return;
      }
      this.sessions += 1;
      const base = this.sessions * SESSION_S;
      const feed = new PlaybackFeed(index, this.media.bytes, this.target, base, signal);
      if (!(await feed.start(gop))) return;
      this.feed = feed;
      this.asked = null;
      this.place(feed.map.mediaOf(Math.max(time, gop.wall)) + ROUNDING_S);
      this.fill(feed, signal);
    } catch (error) {
      this.fail(error, signal);
    }
  }

  /** Moves the playhead to buffered media. */
  private place(time: number): void {
    this.lastFrame = null;
    this.stalledTicks = 0;
    this.endedAt = null;
    this.video.currentTime = time;
    if (this.wantPlay) this.start();
    else this.events.onState("paused", null);
  }

  private start(): void {
    void startVideo(this.video).then((result) => {
      if (result !== "refused" || this.destroyed) return;
      this.wantPlay = false;
      this.events.onState("paused", null);
    });
  }

  private fill(feed: PlaybackFeed, signal: AbortSignal): void {
    const goal = (): number =>
      this.video.currentTime + AHEAD_S * Math.max(1, this.video.playbackRate);
    feed.fill(goal).catch((error: unknown) => this.onFillError(feed, error, signal));
  }

  private onFillError(feed: PlaybackFeed, error: unknown, signal: AbortSignal): void {
    // A full buffer empties itself by being played.
    if ((error as { name?: unknown }).name === "QuotaExceededError") return;
    if ((error as { status?: unknown }).status === 404) feed.forgetAhead();
    if (restAt(spans(this.video.buffered), this.video.currentTime) < STALL_REST_S) {
      this.fail(error, signal);
    }
    this.retryAt = this.clock() + RETRY_MS;
  }

  private readonly target: FeedTarget = {
    prepare: (mime) => this.prepareBuffer(mime),
    clear: () => this.queue?.remove(0, DURATION_S) ?? Promise.resolve(),
    append: async (data, offset) => {
      await this.queue?.append(data, offset);
      this.queue?.evict(KEEP_BEHIND_S);
    },
  };

  private async prepareBuffer(mime: string): Promise<void> {
    if (this.mime === mime) return;
    if (!MediaSource.isTypeSupported(mime)) {
      throw new DOMException(`This browser cannot play ${mime}.`, "NotSupportedError");
    }
    if (this.queue) {
      await this.queue.changeType(mime);
    } else {
      const buffer = this.source.addSourceBuffer(mime);
      this.source.duration = DURATION_S;
      this.queue = new BufferQueue(buffer, () => this.video.currentTime);
    }
    this.mime = mime;
  }

  private opened(): Promise<void> {
    if (this.source.readyState === "open") return Promise.resolve();
    return new Promise((done) => {
      this.source.addEventListener("sourceopen", () => done(), { once: true });
    });
  }

  private isBuffered(time: number): boolean {
    return spanAt(spans(this.video.buffered), time) !== null;
  }

  private tick(): void {
    const { feed } = this;
    if (this.clock() >= this.retryAt) this.retry();
    if (!feed || this.video.seeking || !this.wantPlay) return;
    const time = this.video.currentTime;
    this.stalledTicks = time === this.tickTime ? this.stalledTicks + 1 : 0;
    this.tickTime = time;
    if (this.stalledTicks >= STALL_TICKS) this.onStall(feed, time);
  }

  private retry(): void {
    if (this.feed) {
      this.fill(this.feed, this.abort.signal);
    } else if (this.retryAt > 0 && this.asked !== null) {
      this.retryAt = 0;
      this.seek(this.asked);
    }
  }

  /**
   * Playing came to a halt. Browsers stop a little before media ends, the sooner the faster they
   * play: what is left is taken as played.
   */
  private onStall(feed: PlaybackFeed, time: number): void {
    const all = spans(this.video.buffered);
    if (restAt(all, time) > STALL_REST_S) return;
    const next = nextStart(all, time);
    if (next !== null) {
      this.place(next + ROUNDING_S);
      return;
    }
    this.events.onState("buffering", null);
    if (!feed.exhausted) return;
    this.endedAt ??= this.clock();
    if (this.clock() - this.endedAt >= END_PATIENCE_MS) this.onEnd();
  }

  private onEnd(): void {
    this.events.onState("ended", null);
    this.events.onCaughtUp();
  }

  private onFrame(mediaTime: number): void {
    const { feed } = this;
    // Frames of the place before may still come in while a seek is under way.
    if (!feed || mediaTime < feed.begin - 1 || mediaTime > feed.begin + SESSION_S - 1) return;
    const gap = this.lastFrame === null ? 0 : mediaTime - this.lastFrame;
    if (gap > 0.005) this.frameS = Math.min(gap, this.frameS ?? gap);
    this.lastFrame = mediaTime;
    this.endedAt = null;
    this.events.onState(this.wantPlay ? "playing" : "paused", null);
    this.events.onWallClock(feed.map.wallOf(mediaTime));
  }

  private fail(error: unknown, signal: AbortSignal): void {
    if (signal.aborted || this.destroyed) return;
    const message = error instanceof Error ? error.message : String(error);
    const hopeless = (error as { name?: unknown }).name === "NotSupportedError";
    this.retryAt = hopeless ? Number.POSITIVE_INFINITY : this.clock() + RETRY_MS;
    this.events.onState("error", { code: "playback_failed", message });
  }
}
