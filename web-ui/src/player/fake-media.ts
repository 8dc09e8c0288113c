import { vi } from "vitest";

/** Stands in for a SourceBuffer: keeps what was appended and reports back a little later. */
export class FakeSourceBuffer extends EventTarget {
  updating = false;
  timestampOffset = 0;
  ranges: [number, number][] = [];
  appended: { text: string; offset: number }[] = [];

  get buffered(): TimeRanges {
    const { ranges } = this;
    return { length: ranges.length, start: (i) => ranges[i]?.[0] ?? 0, end: (i) => ranges[i]?.[1] ?? 0 };
  }

  /** Media is text: "<from>-<to>" in seconds of its file, or an init of any other text. */
  appendBuffer(data: ArrayBuffer): void {
    const text = new TextDecoder().decode(data);
    this.appended.push({ text, offset: this.timestampOffset });
    const [from, to] = text.split("-").map(Number);
    if (from !== undefined && to !== undefined) {
      this.add(from + this.timestampOffset, to + this.timestampOffset);
    }
    this.finish();
  }

  remove(start: number, end: number): void {
    this.ranges = this.ranges.flatMap(([a, b]): [number, number][] => {
      const kept: [number, number][] = [[a, Math.min(b, start)], [Math.max(a, end), b]];
      return kept.filter(([from, to]) => to > from);
    });
    this.finish();
  }

  changeType(): void {
    this.appended.push({ text: "changeType", offset: 0 });
  }

  private add(start: number, end: number): void {
    const touching = this.ranges.find((range) => Math.abs(range[1] - start) < 0.001);
    if (touching) touching[1] = end;
    else this.ranges.push([start, end]);
  }

  private finish(): void {
    this.updating = true;
    setTimeout(() => {
      this.updating = false;
      this.dispatchEvent(new Event("updateend"));
    }, 1);
  }
}

export class FakeMediaSource extends EventTarget {
  static made: FakeMediaSource[] = [];
  static isTypeSupported = (mime: string): boolean => !mime.includes("hvc1");
  readyState = "open";
  duration = 0;
  buffer: FakeSourceBuffer | null = null;

  constructor() {
    super();
    FakeMediaSource.made.push(this);
    setTimeout(() => this.dispatchEvent(new Event("sourceopen")), 1);
  }

  addSourceBuffer(): FakeSourceBuffer {
    this.buffer = new FakeSourceBuffer();
    return this.buffer;
  }
}

/** A video element that plays as fast as `advance` says. */
export class FakeVideo {
  src = "";
  currentTime = 0;
  playbackRate = 1;
  paused = true;
  muted = true;
  seeking = false;
  refuse: string | null = null;
  private callback: VideoFrameRequestCallback | null = null;

  get buffered(): TimeRanges {
    const buffer = FakeMediaSource.made.at(-1)?.buffer;
    return buffer?.buffered ?? { length: 0, start: () => 0, end: () => 0 };
  }

  play(): Promise<void> {
    if (this.refuse) return Promise.reject(new DOMException("no", this.refuse));
    this.paused = false;
    return Promise.resolve();
  }

  pause(): void {
    this.paused = true;
  }

  load(): void {}
  removeAttribute(): void {}

  requestVideoFrameCallback(callback: VideoFrameRequestCallback): number {
    this.callback = callback;
    return 1;
  }

  cancelVideoFrameCallback(): void {
    this.callback = null;
  }

  /** Shows the frame at the playhead. */
  present(): void {
    const { callback } = this;
    callback?.(0, { mediaTime: this.currentTime } as VideoFrameCallbackMetadata);
  }
}

/** Puts the fakes where the players look for the browser's. */
export function fakeMedia(): FakeVideo {
  FakeMediaSource.made = [];
  vi.stubGlobal("MediaSource", FakeMediaSource);
  vi.spyOn(URL, "createObjectURL").mockReturnValue("blob:x");
  vi.spyOn(URL, "revokeObjectURL").mockReturnValue();
  return new FakeVideo();
}

export function bytesOf(text: string): ArrayBuffer {
  return new TextEncoder().encode(text).buffer as ArrayBuffer;
}
