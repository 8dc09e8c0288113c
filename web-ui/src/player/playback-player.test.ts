import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { bytesOf, FakeMediaSource, fakeMedia, type FakeVideo } from "./fake-media";
import type { PlaybackManifest } from "./playback-index";
import { PlaybackPlayer } from "./playback-player";

/** 2026-11-22T20:00:00Z; two runs of 60 s and 40 s, a minute between them, one group a second. */
const T = Date.parse("2026-11-22T20:00:00Z");
const RUNS = [
  { id: 1, from: 0, to: 60 },
  { id: 2, from: 120, to: 160 },
];
const iso = (s: number): string => new Date(T + s * 1000).toISOString();

function manifest(start: number, end: number): PlaybackManifest {
  const inside = (s: number): boolean => T + s * 1000 < end && T + (s + 10) * 1000 > start;
  return {
    runs: RUNS.map(({ id, from, to }) => ({
      id,
      mime: "video/mp4",
      start: iso(from),
      init_url: `/init/${id}`,
      segments: Array.from({ length: (to - from) / 10 }, (_, i) => from + i * 10)
        .filter(inside)
        .map((s) => ({
          start: iso(s),
          end: iso(s + 10),
          url: `/segment/${s}`,
          base_s: s - from,
          size: 1000,
          keyframes: Array.from({ length: 10 }, (_, k) => ({ time: iso(s + k), offset: k * 100, size: 100 })),
        })),
    })).filter((run) => run.segments.length > 0),
  };
}

describe("PlaybackPlayer", () => {
  let video: FakeVideo;
  let player: PlaybackPlayer;
  let fetched: string[];
  let slow: ((url: string) => Promise<void>) | null;
  let broken: Error | null;
  const events = { onState: vi.fn(), onWallClock: vi.fn(), onCaughtUp: vi.fn() };

  beforeEach(() => {
    vi.useFakeTimers();
    vi.setSystemTime(T + 165_000);
    for (const event of Object.values(events)) event.mockClear();
    fetched = [];
    slow = null;
    broken = null;
    video = fakeMedia();
    player = new PlaybackPlayer(
      video as unknown as HTMLVideoElement,
      {
        manifest: (start, end) => Promise.resolve(manifest(start, end)),
        bytes: async (url, range) => {
          fetched.push(url);
          await slow?.(url);
          if (broken) throw broken;
          if (!range) return bytesOf("init");
          const second = range[0] / 100;
          return bytesOf(`${second}-${second + 1}`);
        },
      },
      events,
    );
  });

  afterEach(() => {
    player.destroy();
    vi.useRealTimers();
    vi.unstubAllGlobals();
  });

  const pass = (ms: number): Promise<unknown> => vi.advanceTimersByTimeAsync(ms);
  const shown = (): number => {
    video.present();
    return Math.round((Number(events.onWallClock.mock.lastCall?.[0]) - T) / 100) / 10;
  };
  const ahead = (): number => {
    const { buffered } = video;
    return buffered.length > 0 ? buffered.end(buffered.length - 1) - video.currentTime : 0;
  };

  it("shows the time asked for and fetches ahead", async () => {
    player.seek(T + 12_500);
    await pass(500);
    expect(shown()).toBe(12.5);
    expect(video.paused).toBe(false);
    expect(ahead()).toBeGreaterThan(10);
  });

  it("obeys the last of two seeks, whatever the first had under way", async () => {
    player.seek(T + 50_000);
    await pass(3);
    player.seek(T + 12_500);
    await pass(2);
    player.seek(T + 30_500);
    await pass(1000);
    expect(shown()).toBe(30.5);
    expect(video.buffered.length).toBe(1);
    expect(video.buffered.start(0)).toBeLessThanOrEqual(video.currentTime);
    expect(ahead()).toBeGreaterThan(10);
  });

  it("drops what a slow answer brings for a seek that is over", async () => {
    slow = (url) => (url === "/segment/50" ? new Promise((done) => setTimeout(done, 800)) : Promise.resolve());
    player.seek(T + 55_000);
    await pass(100);
    player.seek(T + 5_500);
    await pass(2000);
    expect(shown()).toBe(5.5);
    expect(video.buffered.length).toBe(1);
  });

  it("seeks inside of what is buffered without fetching again", async () => {
    player.seek(T + 10_500);
    await pass(500);
    const before = fetched.length;
    player.seek(T + 15_500);
    expect(shown()).toBe(15.5);
    expect(fetched.slice(before).filter((url) => url === "/init/1")).toEqual([]);
  });

  it("lays recordings after a gap beside each other and knows their times", async () => {
    player.seek(T + 55_500);
    await pass(500);
    expect(video.buffered.length).toBe(1);
    video.currentTime += 5;
    expect(shown()).toBe(120.5);
    player.seek(T + 58_500);
    expect(shown()).toBe(58.5);
  });

  it("goes to the next recording from inside a gap", async () => {
    player.seek(T + 90_000);
    await pass(500);
    expect(shown()).toBe(120);
  });

  it("begins a little before the newest end where the time is not recorded yet", async () => {
    player.seek(T + 162_000);
    await pass(500);
    expect(shown()).toBe(158);
    expect(events.onCaughtUp).not.toHaveBeenCalled();
  });

  it("goes live when it stands at the newest end, also where the browser leaves a rest", async () => {
    player.seek(T + 158_000);
    await pass(500);
    video.currentTime += 1.7;
    await pass(1000);
    expect(events.onCaughtUp).not.toHaveBeenCalled();
    await pass(3000);
    expect(events.onCaughtUp).toHaveBeenCalled();
  });

  it("stays paused through a seek, and steps by frames", async () => {
    player.pause();
    player.seek(T + 20_500);
    await pass(500);
    expect(video.paused).toBe(true);
    expect(events.onState).toHaveBeenLastCalledWith("paused", null);
    expect(shown()).toBe(20.5);
    player.step(1);
    video.present();
    expect(Number(events.onWallClock.mock.lastCall?.[0])).toBeGreaterThan(T + 20_540);
  });

  it("is not started by a play that a pause called off", async () => {
    player.seek(T + 20_500);
    await pass(500);
    video.refuse = "AbortError";
    const play = vi.spyOn(video, "play");
    player.play();
    player.pause();
    await pass(500);
    expect(play).toHaveBeenCalledTimes(1);
    expect(video.paused).toBe(true);
  });

  it("tries again when the server was away", async () => {
    broken = new TypeError("Failed to fetch");
    player.seek(T + 20_500);
    await pass(500);
    expect(events.onState).toHaveBeenLastCalledWith("error", {
      code: "playback_failed",
      message: "Failed to fetch",
    });
    broken = null;
    await pass(3000);
    expect(shown()).toBe(20.5);
  });

  it("says so when the browser cannot play the codec", async () => {
    vi.spyOn(FakeMediaSource, "isTypeSupported").mockReturnValue(false);
    player.seek(T + 20_500);
    await pass(500);
    expect(events.onState).toHaveBeenLastCalledWith("error", expect.objectContaining({ code: "playback_failed" }));
  });
});
