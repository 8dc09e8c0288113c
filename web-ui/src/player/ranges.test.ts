import { describe, expect, it } from "vitest";

import { nextStart, restAt, spanAt, spans } from "./ranges";

function ranges(...pairs: [number, number][]): TimeRanges {
  return {
    length: pairs.length,
    start: (i) => (pairs[i] as [number, number])[0],
    end: (i) => (pairs[i] as [number, number])[1],
  };
}

describe("spans", () => {
  const all = spans(ranges([0, 2], [5, 6]));

  it("finds the stretch at a time", () => {
    expect(spanAt(all, 1.5)).toEqual({ start: 0, end: 2 });
    expect(spanAt(all, 2)).toBeNull();
  });

  it("finds what comes next", () => {
    expect(nextStart(all, 1)).toBe(5);
    expect(nextStart(all, 3)).toBe(5);
    expect(nextStart(all, 5)).toBeNull();
  });

  it("says how much is left", () => {
    expect(restAt(all, 1.5)).toBe(0.5);
    expect(restAt(all, 3)).toBe(0);
  });
});
