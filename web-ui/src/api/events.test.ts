import { QueryClient } from "@tanstack/react-query";
import { describe, expect, it, vi } from "vitest";

import { camerasQuery } from "./cameras";
import { applyEvent, type ServerEvent } from "./events";
import type { Camera } from "./types";

const event = (topic: string, data: Record<string, unknown>, camera: string | null = null): ServerEvent => ({
  type: "event",
  topic,
  camera_id: camera,
  time: "2026-11-22T20:00:00.000Z",
  data,
});

function withCamera(): QueryClient {
  const queries = new QueryClient();
  const camera = {
    id: "door",
    health: { main: { state: "online", fps: 25 }, sub: { state: "online", fps: 10 } },
  } as unknown as Camera;
  queries.setQueryData(camerasQuery.queryKey, [camera]);
  queries.setQueryData(["cameras", "door"], camera);
  return queries;
}

describe("applyEvent", () => {
  it("patches a stream's health in the list and in the single camera", () => {
    const queries = withCamera();
    applyEvent(queries, event("camera.state", { stream: "sub", state: "offline" }, "door"));
    const listed = queries.getQueryData(camerasQuery.queryKey)?.[0];
    expect(listed?.health.sub).toMatchObject({ state: "offline", fps: 10 });
    expect(listed?.health.main).toMatchObject({ state: "online" });
    expect(queries.getQueryData<Camera>(["cameras", "door"])?.health.sub?.state).toBe("offline");
  });

  it("asks again when it does not know the camera", () => {
    const queries = withCamera();
    const asked = vi.spyOn(queries, "invalidateQueries");
    applyEvent(queries, event("camera.state", { stream: "main", state: "online" }, "new"));
    expect(asked).toHaveBeenCalledWith({ queryKey: camerasQuery.queryKey });
  });

  it("marks the recordings of one camera as stale", () => {
    const queries = withCamera();
    const asked = vi.spyOn(queries, "invalidateQueries");
    applyEvent(queries, event("recording.gap", {}, "door"));
    expect(asked).toHaveBeenCalledWith({ queryKey: ["recordings", "door"] });
  });
});
