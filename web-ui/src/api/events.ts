import type { QueryClient } from "@tanstack/react-query";

import { camerasQuery } from "./cameras";
import type { Camera, StreamHealth, SystemInfo } from "./types";

/** An event as `/ws` sends it. */
export interface ServerEvent {
  type: "event";
  topic: string;
  camera_id: string | null;
  time: string;
  data: Record<string, unknown>;
}

/** Brings the cached answers up to date with what an event says. */
export function applyEvent(queries: QueryClient, event: ServerEvent): void {
  if (event.topic === "camera.state" && event.camera_id) {
    patchHealth(queries, event.camera_id, event.data as Partial<StreamHealth> & { stream?: string });
  } else if (event.topic === "camera.changed") {
    void queries.invalidateQueries({ queryKey: camerasQuery.queryKey });
  } else if (event.topic === "plugin.state") {
    void queries.invalidateQueries({ queryKey: ["plugins"] });
    void queries.invalidateQueries({ queryKey: ["camera-sources"] });
  } else if (event.topic === "recording.segment" || event.topic === "recording.gap") {
    void queries.invalidateQueries({ queryKey: ["recordings", event.camera_id] });
  } else if (event.topic === "storage.state") {
    patchStorage(queries, event.data as Partial<SystemInfo["storages"][number]>);
  } else if (event.topic === "process.state") {
    void queries.invalidateQueries({ queryKey: ["system"] });
    void queries.invalidateQueries({ queryKey: ["plugins"] });
  }
}

function patchHealth(
  queries: QueryClient,
  cameraId: string,
  { stream = "main", ...health }: Partial<StreamHealth> & { stream?: string },
): void {
  const patch = (camera: Camera): Camera => {
    const before = camera.health[stream];
    if (!before) return camera;
    return { ...camera, health: { ...camera.health, [stream]: { ...before, ...health } } };
  };
  const known = queries.getQueryData<Camera[]>(camerasQuery.queryKey);
  if (known && !known.some((camera) => camera.id === cameraId && camera.health[stream])) {
    void queries.invalidateQueries({ queryKey: camerasQuery.queryKey });
    return;
  }
  queries.setQueryData<Camera[]>(camerasQuery.queryKey, (cameras) =>
    cameras?.map((camera) => (camera.id === cameraId ? patch(camera) : camera)),
  );
  queries.setQueryData<Camera>(["cameras", cameraId], (camera) => camera && patch(camera));
}

function patchStorage(queries: QueryClient, status: Partial<SystemInfo["storages"][number]>): void {
  queries.setQueryData<SystemInfo>(["system"], (system) =>
    system && {
      ...system,
      storages: system.storages.map((storage) =>
        storage.id === status.id ? { ...storage, ...status } : storage,
      ),
    },
  );
}
