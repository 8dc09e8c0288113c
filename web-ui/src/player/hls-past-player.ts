import { watchFrames } from "./frame-clock";
import { buildIndex, type PlaybackManifest } from "./playback-index";
import { startVideo } from "./start-video";
import { TimeMap } from "./time-map";
import type { PastPictures, PlayerEvents } from "./types";

/** How much is put into one playlist. */
const WINDOW_MS = 60 * 60_000;
const BEFORE_MS = 30_000;
const FRAME_S = 1 / 25;

export interface HlsPastSource {
  manifest: (start: number, end: number, signal: AbortSignal) => Promise<PlaybackManifest>;
  /** Address of a playlist of what was recorded between two times, ms. */
  playlist: (start: number, end: number) => string;
}

export interface HlsPastEvents extends PlayerEvents {
  onCaughtUp: () => void;
}

/** Plays recordings with the browser's own HLS player, where Media Source Extensions are missing. */
export class HlsPastPlayer implements PastPictures {
  private map = new TimeMap();
  private abort = new AbortController();
  private until = 0;
  private from = Number.POSITIVE_INFINITY;
  private wantPlay = true;
  private readonly stopFrames: () => void;

  constructor(
    private readonly video: HTMLVideoElement,
    private readonly source: HlsPastSource,
    private readonly events: HlsPastEvents,
  ) {
    this.stopFrames = watchFrames(video, (time) => this.onFrame(time));
    video.addEventListener("ended", this.onEnded);
    video.addEventListener("error", this.onError);
  }

  get isPlaying(): boolean {
    return this.wantPlay;
  }

  seek(wall: number): void {
    if (wall >= this.from && wall < this.until) {
      this.video.currentTime = this.map.mediaOf(wall);
      return;
    }
    this.abort.abort();
    this.abort = new AbortController();
    this.events.onState("buffering", null);
    this.open(wall, this.abort.signal).catch((error: unknown) => {
      if (!this.abort.signal.aborted) this.report(String(error));
    });
  }

  play(): void {
    this.wantPlay = true;
    void startVideo(this.video);
  }

  pause(): void {
    this.wantPlay = false;
    this.video.pause();
    this.events.onState("paused", null);
  }

  step(frames: number): void {
    this.pause();
    this.video.currentTime += frames * FRAME_S;
  }

  destroy(): void {
    this.abort.abort();
    this.stopFrames();
    this.video.removeEventListener("ended", this.onEnded);
    this.video.removeEventListener("error", this.onError);
    this.video.removeAttribute("src");
    this.video.load();
  }

  private async open(wall: number, signal: AbortSignal): Promise<void> {
    const start = wall - BEFORE_MS;
    const end = Math.min(Date.now(), wall + WINDOW_MS);
    const gops = buildIndex(await this.source.manifest(start, end, signal));
    if (signal.aborted) return;
    const first = gops[0];
    const last = gops.at(-1);
    if (!first || !last) {
      this.events.onCaughtUp();
      return;
    }
    this.map = mapOf(gops);
    this.from = first.wall;
    this.until = last.wallEnd;
    this.video.src = this.source.playlist(start, end);
    await new Promise((done) => this.video.addEventListener("loadedmetadata", done, { once: true, signal }));
    this.video.currentTime = this.map.mediaOf(wall < last.wallEnd ? wall : last.wall);
    if (this.wantPlay) this.play();
    else this.events.onState("paused", null);
  }

  private readonly onEnded = (): void => {
    const next = this.until;
    if (Date.now() - next < WINDOW_MS) this.events.onCaughtUp();
    else this.seek(next);
  };

  private readonly onError = (): void => this.report(this.video.error?.message ?? "");

  private report(message: string): void {
    this.events.onState("error", { code: "playback_failed", message: message || "It cannot be played." });
  }

  private onFrame(mediaTime: number): void {
    this.events.onState(this.wantPlay ? "playing" : "paused", null);
    this.events.onWallClock(this.map.wallOf(mediaTime));
  }
}

/** A playlist plays its files one after the other, whatever lies between them. */
function mapOf(gops: ReturnType<typeof buildIndex>): TimeMap {
  const map = new TimeMap();
  let media = 0;
  let before = Number.NaN;
  for (const gop of gops) {
    if (gop.wall !== before) map.add(media, gop.wall);
    media += (gop.wallEnd - gop.wall) / 1000;
    before = gop.wallEnd;
  }
  return map;
}
