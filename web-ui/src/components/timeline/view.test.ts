import { describe, expect, it } from "vitest";

import { clampView, fetchWindow, MAX_SPAN_MS, MIN_SPAN_MS, panView, showTime, ticks, toTime, toX, zoomView } from "./view";

const HOUR = 3_600_000;
const now = Date.parse("2026-11-22T20:00:00Z");
const view = { start: now - 10 * HOUR, span: 5 * HOUR };

describe("view", () => {
  it("maps times to pixels and back", () => {
    const x = toX(view, now - 8 * HOUR, 1000);
    expect(x).toBe(400);
    expect(toTime(view, x, 1000)).toBe(now - 8 * HOUR);
  });

  it("zooms around the anchor within limits", () => {
    const anchor = now - 8 * HOUR;
    const closer = zoomView(view, 0.5, anchor, now);
    expect(closer.span).toBe(2.5 * HOUR);
    expect(toX(closer, anchor, 1000)).toBeCloseTo(400);
    expect(zoomView(view, 1e-9, anchor, now).span).toBe(MIN_SPAN_MS);
    expect(zoomView(view, 1e9, anchor, now).span).toBe(MAX_SPAN_MS);
  });

  it("does not run into the future", () => {
    const moved = panView(view, 100 * HOUR, now);
    expect(moved.start + moved.span).toBeGreaterThan(now);
    expect(moved.start + moved.span).toBeLessThan(now + HOUR);
    expect(clampView(view, now)).toEqual(view);
  });

  it("centres a time that is out of sight, else stays", () => {
    expect(showTime(view, now - 9 * HOUR, now)).toBe(view);
    const moved = showTime(view, now - 20 * HOUR, now);
    expect(toX(moved, now - 20 * HOUR, 1000)).toBe(500);
  });

  it("labels round local times", () => {
    const { times, step } = ticks(view, 1000, -60);
    expect(step).toBe(1800);
    expect(times.every((time) => (time + HOUR) % 1_800_000 === 0)).toBe(true);
    expect(times.length).toBe(11);
  });

  it("asks for the same window while panning a little", () => {
    const asked = fetchWindow(view);
    expect(asked.start).toBeLessThanOrEqual(view.start);
    expect(asked.end).toBeGreaterThanOrEqual(view.start + view.span);
    expect(fetchWindow({ ...view, start: view.start + 1000 })).toEqual(asked);
  });

  it("never asks for more than the server gives at once", () => {
    const asked = fetchWindow({ start: now - MAX_SPAN_MS, span: MAX_SPAN_MS });
    expect(asked.end - asked.start).toBeLessThanOrEqual(MAX_SPAN_MS);
  });
});
