import type Hls from "hls.js";

import { watchFrames } from "./frame-clock";
import { startVideo } from "./start-video";
import type { LivePictures, PlayerEvents } from "./types";

export interface HlsPlayerEvents extends PlayerEvents {
  /** HLS does not work either: show still pictures. */
  onUnsupported: () => void;
}

/** Plays a live HLS playlist: with the browser's own player where it has one, else with hls.js. */
export class HlsPlayer implements LivePictures {
  private hls: Hls | null = null;
  private destroyed = false;
  private readonly stopFrames: () => void;

  constructor(
    private readonly video: HTMLVideoElement,
    url: string,
    private readonly events: HlsPlayerEvents,
  ) {
    this.stopFrames = watchFrames(video, (time) => this.onFrame(time));
    events.onState("connecting", null);
    video.addEventListener("error", this.onError);
    void this.open(url);
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
    this.stopFrames();
    this.video.removeEventListener("error", this.onError);
    this.hls?.destroy();
    this.video.removeAttribute("src");
    this.video.load();
  }

  private async open(url: string): Promise<void> {
    const { default: HlsLight } = await import("hls.js/light");
    if (this.destroyed) return;
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

  private readonly onError = (): void => {
    if (!this.destroyed) this.events.onUnsupported();
  };

  private onFrame(mediaTime: number): void {
    this.events.onState("playing", null);
    const date = this.hls?.playingDate;
    const ahead = mediaTime - this.video.currentTime;
    if (date) this.events.onWallClock(date.getTime() + ahead * 1000);
  }
}

function lastSeekable({ seekable }: HTMLVideoElement): number | null {
  return seekable.length > 0 ? seekable.end(seekable.length - 1) : null;
}
