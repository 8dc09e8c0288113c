import { describe, expect, it } from "vitest";

import { buildIndex, gopAt, mergeIndex, type PlaybackManifest } from "./playback-index";

const origin = Date.parse("2026-11-22T00:00:00.000Z");

function segment(start: string, end: string, base: number, keyframes: [string, number, number][]) {
  return {
    start: `2026-11-22T${start}Z`,
    end: `2026-11-22T${end}Z`,
    url: `/seg/${start}.mp4`,
    base_s: base,
    size: 1000,
    keyframes: keyframes.map(([time, offset, size]) => ({
      time: `2026-11-22T${time}Z`,
      offset,
      size,
    })),
  };
}

const manifest: PlaybackManifest = {
  runs: [
    {
      id: 1,
      mime: "video/mp4",
      start: "2026-11-22T00:00:10.000Z",
      init_url: "/init/1",
      segments: [
        segment("00:00:10.000", "00:00:14.000", 0, [
          ["00:00:10.000", 100, 50],
          ["00:00:12.000", 150, 60],
        ]),
        // The second file's zero lies 40 ms before its first picture: its sound begins earlier.
        segment("00:00:14.000", "00:00:16.000", 3.96, [["00:00:14.000", 100, 70]]),
      ],
    },
    {
      id: 2,
      mime: "video/mp4",
      start: "2026-11-22T00:01:00.000Z",
      init_url: "/init/2",
      segments: [segment("00:01:00.000", "00:01:02.000", 0, [["00:01:00.000", 90, 80]])],
    },
  ],
};

describe("playback index", () => {
  const gops = buildIndex(manifest);

  it("places files by decode time within a run", () => {
    expect(gops.map((gop) => (gop.wall - origin) / 1000)).toEqual([10, 12, 14, 60]);
    expect(gops.map((gop) => Math.round(gop.zero * 1000 - origin))).toEqual([10_000, 10_000, 13_960, 60_000]);
    expect(gops.map((gop) => [gop.firstByte, gop.size])).toEqual([
      [100, 50],
      [150, 60],
      [100, 70],
      [90, 80],
    ]);
  });

  it("finds the group at a time, and the next one from inside a gap", () => {
    expect(gopAt(gops, origin + 11_000)).toBe(0);
    expect(gopAt(gops, origin + 12_000)).toBe(1);
    expect(gopAt(gops, origin + 30_000)).toBe(3);
    expect(gopAt(gops, origin + 90_000)).toBe(-1);
  });

  it("merges without doubles", () => {
    expect(mergeIndex(gops.slice(0, 3), gops.slice(2))).toEqual(gops);
  });
});
