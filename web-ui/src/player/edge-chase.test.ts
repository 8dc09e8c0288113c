import { describe, expect, it } from "vitest";

import { chaseEdge } from "./edge-chase";

describe("chaseEdge", () => {
  it("jumps when more than two seconds behind", () => {
    expect(chaseEdge(10, 13, 0.3)).toEqual({ seek: 12.7, rate: 1 });
  });

  it("bends the rate when a little behind or too near", () => {
    expect(chaseEdge(10, 11.5, 0.3)).toEqual({ seek: null, rate: 1.15 });
    expect(chaseEdge(10, 10.5, 0.3).rate).toBe(1.05);
    expect(chaseEdge(10, 10.05, 0.3).rate).toBe(0.97);
  });

  it("leaves the rate alone at the wished distance", () => {
    expect(chaseEdge(10, 10.3, 0.3)).toEqual({ seek: null, rate: 1 });
  });
});
