import { BufferQueue } from "./buffer-queue";
import { chaseEdge } from "./edge-chase";
import { watchFrames } from "./frame-clock";
import { spans } from "./ranges";
import { startVideo } from "./start-video";
import type { LivePictures, PlayerEvents, PlayerFault } from "./types";

/** Wished distance to the newest frame, seconds. */
const TARGET_S = 0.3;
const BACKOFF_MS = [500, 1000, 2000, 4000, 8000] as const;
const SILENCE_MS = 10_000;
/** Close codes after which dialling again is no use. */
const FINAL_CLOSE = new Set([4401, 4403, 4404]);

interface Hello {
  type: "hello";
  mime: string;
  t0: string | number;
}

interface ServerError {
  type: "error";
  code: string;
  message: string;
}

export interface LivePlayerEvents extends PlayerEvents {
  /** The browser cannot play this stream this way: another transport is needed. */
  onUnsupported: (mime: string) => void;
}

/** True where Media Source Extensions exist. */
export function hasMediaSource(): boolean {
  return typeof MediaSource !== "undefined";
}

/**
 * Plays fragmented MP4 from a WebSocket with Media Source Extensions, close behind the live edge.
 *
 * Dials again with a growing pause when the connection ends, and shows the last picture meanwhile.
 */
export class LivePlayer implements LivePictures {
  private socket: WebSocket | null = null;
  private source: MediaSource | null = null;
  private queue: BufferQueue | null = null;
  private objectUrl: string | null = null;
  private mime = "";
  private originMs: number | null = null;
  private nextOffset: number | null = null;
  private attempts = 0;
  private fault: PlayerFault | null = null;
  private retryTimer: ReturnType<typeof setTimeout> | null = null;
  private silenceTimer: ReturnType<typeof setTimeout> | null = null;
  private readonly chaseTimer: ReturnType<typeof setInterval>;
  private readonly stopFrames: () => void;
  private early: ArrayBuffer[] = [];
  private destroyed = false;
  private placed = false;
  private held = false;

  constructor(
    private readonly video: HTMLVideoElement,
    private readonly url: string,
    private readonly events: LivePlayerEvents,
  ) {
    this.chaseTimer = setInterval(() => this.chase(), 250);
    this.stopFrames = watchFrames(video, (time) => this.onFrame(time));
    this.dial();
  }

  /** Holds the picture and hangs up, so that nothing piles up behind it. */
  pause(): void {
    this.held = true;
    if (this.retryTimer) clearTimeout(this.retryTimer);
    this.retryTimer = null;
    this.hangUp();
    this.video.pause();
    this.events.onState("paused", null);
  }

  /** Goes on at the live edge. */
  resume(): void {
    if (!this.held) return;
    this.held = false;
    this.dial();
  }

  /** Stops and frees everything; the video element keeps nothing of it. */
  destroy(): void {
    this.destroyed = true;
    clearInterval(this.chaseTimer);
    if (this.retryTimer) clearTimeout(this.retryTimer);
    this.stopFrames();
    this.hangUp();
    this.dropMedia();
  }

  private dial(): void {
    this.retryTimer = null;
    this.events.onState("connecting", this.fault);
    const socket = new WebSocket(this.url);
    socket.binaryType = "arraybuffer";
    socket.onmessage = (message: MessageEvent<string | ArrayBuffer>) => {
      this.feedWatchdog();
      if (typeof message.data === "string") this.onText(message.data);
      else this.onMedia(message.data);
    };
    socket.onclose = (event) => this.onClose(event.code);
    this.socket = socket;
    this.feedWatchdog();
  }

  private hangUp(): void {
    if (this.silenceTimer) clearTimeout(this.silenceTimer);
    const socket = this.socket;
    this.socket = null;
    if (!socket) return;
    socket.onmessage = null;
    socket.onclose = null;
    socket.close();
  }

  private onClose(code: number): void {
    if (this.silenceTimer) clearTimeout(this.silenceTimer);
    this.socket = null;
    if (this.destroyed) return;
    if (FINAL_CLOSE.has(code)) {
      const fault = this.fault ?? { code: "closed", message: "This stream is not available." };
      this.events.onState("error", fault);
      return;
    }
    const pause = BACKOFF_MS[Math.min(this.attempts, BACKOFF_MS.length - 1)] ?? 8000;
    this.attempts += 1;
    this.events.onState("connecting", this.fault);
    this.retryTimer = setTimeout(() => this.dial(), pause);
  }

  private feedWatchdog(): void {
    if (this.silenceTimer) clearTimeout(this.silenceTimer);
    this.silenceTimer = setTimeout(() => {
      this.hangUp();
      this.onClose(1006);
    }, SILENCE_MS);
  }

  private onText(text: string): void {
    const message = JSON.parse(text) as Hello | ServerError;
    if (message.type === "error") this.fault = { code: message.code, message: message.message };
    else this.onHello(message);
  }

  private onHello(hello: Hello): void {
    this.fault = null;
    if (!MediaSource.isTypeSupported(hello.mime)) {
      this.hangUp();
      this.events.onUnsupported(hello.mime);
      return;
    }
    // Each hello begins with the group of pictures so far, so media from before it is dropped.
    this.dropMedia();
    this.mime = hello.mime;
    this.originMs = typeof hello.t0 === "number" ? hello.t0 : Date.parse(hello.t0);
    this.nextOffset = 0;
    this.openMedia();
  }

  private openMedia(): void {
    const source = new MediaSource();
    this.source = source;
    this.objectUrl = URL.createObjectURL(source);
    source.addEventListener("sourceopen", () => this.onSourceOpen(source), { once: true });
    this.video.src = this.objectUrl;
  }

  private onSourceOpen(source: MediaSource): void {
    if (this.source !== source) return;
    source.duration = Number.POSITIVE_INFINITY;
    const buffer = source.addSourceBuffer(this.mime);
    this.queue = new BufferQueue(buffer, () => this.video.currentTime);
    const early = this.early;
    this.early = [];
    for (const data of early) this.append(data);
  }

  private onMedia(data: ArrayBuffer): void {
    if (this.queue) this.append(data);
    else this.early.push(data);
  }

  private append(data: ArrayBuffer): void {
    const queue = this.queue;
    if (!queue) return;
    const offset = this.nextOffset;
    this.nextOffset = null;
    queue.append(data, offset).then(
      () => this.onAppended(),
      (error: unknown) => {
        if (this.queue !== queue || this.destroyed) return;
        this.fault = { code: "decode_failed", message: String(error) };
        this.hangUp();
        this.onClose(1006);
      },
    );
  }

  private onAppended(): void {
    const last = spans(this.video.buffered).at(-1);
    if (!last || this.held) return;
    if (!this.placed) {
      this.placed = true;
      this.video.currentTime = Math.max(last.start, last.end - TARGET_S);
      void this.start();
    }
    this.queue?.evict();
  }

  private async start(): Promise<void> {
    const result = await startVideo(this.video);
    if (result === "refused" && !this.destroyed) this.events.onState("paused", null);
  }

  private chase(): void {
    const last = spans(this.video.buffered).at(-1);
    if (!last || !this.placed || this.video.paused) return;
    const chase = chaseEdge(this.video.currentTime, last.end, TARGET_S);
    if (chase.seek !== null || this.video.currentTime < last.start) {
      this.video.currentTime = chase.seek ?? last.start;
    }
    if (this.video.playbackRate !== chase.rate) this.video.playbackRate = chase.rate;
  }

  private onFrame(mediaTime: number): void {
    this.attempts = 0;
    if (this.held) return;
    this.events.onState("playing", null);
    if (this.originMs !== null) this.events.onWallClock(this.originMs + mediaTime * 1000);
  }

  private dropMedia(): void {
    this.queue?.close();
    this.queue = null;
    this.source = null;
    this.early = [];
    this.placed = false;
    if (!this.objectUrl) return;
    URL.revokeObjectURL(this.objectUrl);
    this.objectUrl = null;
    this.video.removeAttribute("src");
    this.video.load();
    this.video.playbackRate = 1;
  }
}
