import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { bytesOf, FakeMediaSource, fakeMedia, type FakeVideo } from "./fake-media";
import { LivePlayer } from "./live-player";

class FakeSocket {
  static made: FakeSocket[] = [];
  binaryType = "";
  closed = false;
  onmessage: ((message: { data: string | ArrayBuffer }) => void) | null = null;
  onclose: ((event: { code: number }) => void) | null = null;

  constructor(readonly url: string) {
    FakeSocket.made.push(this);
  }

  close(): void {
    this.closed = true;
  }

  hello(mime = "video/mp4", t0 = "2026-11-22T20:00:00.000Z"): void {
    this.onmessage?.({ data: JSON.stringify({ type: "hello", mime, t0 }) });
    this.onmessage?.({ data: bytesOf("init") });
  }

  media(from: number, to: number): void {
    this.onmessage?.({ data: bytesOf(`${from}-${to}`) });
  }
}

describe("LivePlayer", () => {
  let video: FakeVideo;
  let player: LivePlayer;
  const events = { onState: vi.fn(), onWallClock: vi.fn(), onUnsupported: vi.fn() };
  const socket = (): FakeSocket => FakeSocket.made.at(-1) as FakeSocket;
  const pass = (ms: number): Promise<unknown> => vi.advanceTimersByTimeAsync(ms);

  beforeEach(() => {
    vi.useFakeTimers();
    for (const event of Object.values(events)) event.mockClear();
    FakeSocket.made = [];
    vi.stubGlobal("WebSocket", FakeSocket);
    video = fakeMedia();
    player = new LivePlayer(video as unknown as HTMLVideoElement, "ws://x", events);
  });

  afterEach(() => {
    player.destroy();
    vi.useRealTimers();
    vi.unstubAllGlobals();
  });

  it("starts close behind the newest frame and tells its time", async () => {
    socket().hello();
    socket().media(0, 2);
    await pass(20);
    expect(video.currentTime).toBeCloseTo(1.7);
    expect(video.paused).toBe(false);
    video.present();
    expect(events.onWallClock).toHaveBeenLastCalledWith(Date.parse("2026-11-22T20:00:01.700Z"));
  });

  it("jumps when it fell behind", async () => {
    socket().hello();
    socket().media(0, 2);
    await pass(20);
    socket().media(2, 8);
    await pass(300);
    expect(video.currentTime).toBeCloseTo(7.7);
  });

  it("begins anew with another codec in mid-stream", async () => {
    socket().hello();
    socket().media(0, 2);
    await pass(20);
    socket().hello("video/mp4; codecs=other", "2026-11-22T20:00:10.000Z");
    socket().media(0, 1);
    await pass(20);
    expect(FakeMediaSource.made.length).toBe(2);
    video.present();
    expect(events.onWallClock).toHaveBeenLastCalledWith(Date.parse("2026-11-22T20:00:10.700Z"));
  });

  it("says at once when the browser cannot play the codec", () => {
    socket().hello("video/mp4; codecs=hvc1");
    expect(events.onUnsupported).toHaveBeenCalledWith("video/mp4; codecs=hvc1");
    expect(socket().closed).toBe(true);
  });

  it("dials again, unless the camera is gone", async () => {
    socket().onclose?.({ code: 1006 });
    await pass(600);
    expect(FakeSocket.made.length).toBe(2);
    socket().onclose?.({ code: 4404 });
    await pass(60_000);
    expect(FakeSocket.made.length).toBe(2);
    expect(events.onState).toHaveBeenLastCalledWith("error", expect.objectContaining({ code: "closed" }));
  });

  it("hangs up after silence", async () => {
    socket().hello();
    const first = socket();
    await pass(10_600);
    expect(first.closed).toBe(true);
    expect(FakeSocket.made.length).toBe(2);
  });

  it("holds the picture without a connection while paused, then goes on", async () => {
    socket().hello();
    socket().media(0, 2);
    await pass(20);
    player.pause();
    expect(socket().closed).toBe(true);
    expect(video.paused).toBe(true);
    expect(events.onState).toHaveBeenLastCalledWith("paused", null);
    player.resume();
    socket().hello();
    socket().media(0, 1);
    await pass(20);
    expect(FakeSocket.made.length).toBe(2);
    expect(video.paused).toBe(false);
  });
});
