import { describe, expect, it } from "vitest";

import { TimeMap } from "./time-map";

describe("TimeMap", () => {
  const map = new TimeMap();
  map.add(100, 10_000);
  // After five seconds of media, an hour is missing.
  map.add(105, 3_615_000);

  it("tells the time of a place", () => {
    expect(map.wallOf(100)).toBe(10_000);
    expect(map.wallOf(104)).toBe(14_000);
    expect(map.wallOf(106)).toBe(3_616_000);
  });

  it("takes a frame reported a rounding error early for the one it is", () => {
    expect(map.wallOf(104.999)).toBeCloseTo(3_614_999);
  });

  it("finds the place of a time, and what comes next from inside a gap", () => {
    expect(map.mediaOf(12_000)).toBe(102);
    expect(map.mediaOf(1_000_000)).toBe(105);
    expect(map.mediaOf(3_616_500)).toBe(106.5);
  });
});
