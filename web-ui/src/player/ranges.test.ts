import { describe, expect, it } from "vitest";

import { jumpOverHole, spanAt, spans } from "./ranges";

function ranges(...pairs: [number, number][]): TimeRanges {
  return {
    length: pairs.length,
    start: (i) => (pairs[i] as [number, number])[0],
    end: (i) => (pairs[i] as [number, number])[1],
  };
}

describe("spans", () => {
  it("joins stretches that touch", () => {
    expect(spans(ranges([0, 1], [1.02, 2], [5, 6]))).toEqual([
      { start: 0, end: 2 },
      { start: 5, end: 6 },
    ]);
  });

  it("finds the stretch at a time", () => {
    const all = spans(ranges([1, 2]));
    expect(spanAt(all, 1.5)).toEqual({ start: 1, end: 2 });
    expect(spanAt(all, 2)).toBeNull();
  });
});

describe("jumpOverHole", () => {
  const all = spans(ranges([0, 2], [5, 6]));

  it("stays where there is something to play", () => {
    expect(jumpOverHole(all, 1)).toBeNull();
  });

  it("jumps from the end of a stretch to the next", () => {
    expect(jumpOverHole(all, 1.95)).toBeCloseTo(5.01);
    expect(jumpOverHole(all, 3)).toBeCloseTo(5.01);
  });

  it("may leave out the rest of a stretch", () => {
    expect(jumpOverHole(all, 1.2, 1)).toBeCloseTo(5.01);
    expect(jumpOverHole(all, 0.8, 1)).toBeNull();
  });

  it("waits where nothing follows", () => {
    expect(jumpOverHole(all, 6)).toBeNull();
  });
});
