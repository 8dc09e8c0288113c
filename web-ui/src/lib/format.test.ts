import { describe, expect, it } from "vitest";

import { formatAgo, formatBitrate, formatBytes, formatCode, formatDuration } from "./format";

describe("format", () => {
  it("scales bytes and bit rates", () => {
    expect(formatBytes(999)).toBe("999 B");
    expect(formatBytes(1_234_567)).toBe("1.23 MB");
    expect(formatBitrate(3_456_789)).toBe("3.46 Mbit/s");
    expect(formatBitrate(64_000)).toBe("64 kbit/s");
  });

  it("shows at most two units of a duration", () => {
    expect(formatDuration(0.2)).toBe("0 s");
    expect(formatDuration(3725)).toBe("1 h 2 min");
    expect(formatDuration(86_400)).toBe("1 d");
  });

  it("says how long ago something was", () => {
    const now = Date.parse("2026-11-22T20:00:00Z");
    expect(formatAgo(null, now)).toBe("never");
    expect(formatAgo("2026-11-22T19:58:30Z", now)).toBe("1 min 30 s ago");
  });

  it("turns codes into words", () => {
    expect(formatCode("camera_offline")).toBe("Camera offline");
  });
});
