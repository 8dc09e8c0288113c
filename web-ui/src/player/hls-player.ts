import type Hls from "hls.js";

import { watchFrames } from "./frame-clock";
import { startVideo } from "./start-video";
import type { LivePictures, PlayerEvents } from "./types";

const MAX_FAILURES = 4;
const RETRY_MS = 2000;

/** Browsers with HLS of their own tell the time of the media's zero. */
type Dated = HTMLVideoElement & { getStartDate?: () => Date };

export interface HlsPlayerEvents extends PlayerEvents {
  /** HLS does not work either: show still pictures. */
  onUnsupported: () => void;
}

/** Plays a live HLS playlist: with the browser's own player where it has one, else with hls.js. */
export class HlsPlayer implements LivePictures {
  private hls: Hls | null = null;
  private destroyed = false;
  private failures = 0;
  private retryTimer: ReturnType<typeof setTimeout> | null = null;
  private readonly stopFrames: () => void;

  constructor(
    private readonly video: HTMLVideoElement,
    private readonly url: string,
    private readonly events: HlsPlayerEvents,
  ) {
    this.stopFrames = watchFrames(video, (time) => this.onFrame(time));
    events.onState("connecting", null);
    video.addEventListener("error", this.onError);
    void this.open(this.url);
  }

  pause(): void {
    this.video.pause();
    this.events.onState("paused", null);
  }

  resume(): void {
    const edge = this.hls?.liveSyncPosition ?? lastSeekable(this.video);
    if (edge !== null) this.video.currentTime = edge;
    void startVideo(this.video);
  }

  destroy(): void {
    this.destroyed = true;
    if (this.retryTimer) clearTimeout(this.retryTimer);
    this.stopFrames();
    this.video.removeEventListener("error", this.onError);
    this.hls?.destroy();
    this.video.removeAttribute("src");
    this.video.load();
  }

  private async open(url: string): Promise<void> {
    const { default: HlsLight } = await import("hls.js/light");
    if (this.destroyed) return;
    this.hls?.destroy();
    if (HlsLight.isSupported()) {
      const hls = new HlsLight({
        liveSyncDurationCount: 2,
        // The worker would be made from a blob, which the page's security policy forbids.
        enableWorker: false,
      });
      hls.on(HlsLight.Events.ERROR, (_event, data) => {
        if (data.fatal) this.onError();
      });
      hls.loadSource(url);
      hls.attachMedia(this.video);
      this.hls = hls;
    } else {
      this.video.src = url;
    }
    void startVideo(this.video);
  }

  /** The first playlist of a stream that has just begun may be too short to play. */
  private readonly onError = (): void => {
    if (this.destroyed) return;
    this.failures += 1;
    if (this.failures >= MAX_FAILURES) this.events.onUnsupported();
    else this.retryTimer = setTimeout(() => void this.open(this.url), RETRY_MS);
  };

  private onFrame(mediaTime: number): void {
    this.failures = 0;
    if (this.video.paused) return;
    this.events.onState("playing", null);
    const zero = (this.video as Dated).getStartDate?.().getTime();
    if (zero) this.events.onWallClock(zero + mediaTime * 1000);
    const date = this.hls?.playingDate;
    const ahead = mediaTime - this.video.currentTime;
    if (date) this.events.onWallClock(date.getTime() + ahead * 1000);
  }
}

function lastSeekable({ seekable }: HTMLVideoElement): number | null {
  return seekable.length > 0 ? seekable.end(seekable.length - 1) : null;
}
