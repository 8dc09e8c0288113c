import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";

import { client, unwrap } from "./client";
import type { Camera, Config, StreamName } from "./types";

export const camerasQuery = queryOptions({
  queryKey: ["cameras"],
  queryFn: async (): Promise<Camera[]> => {
    const cameras: Camera[] = [];
    let cursor: string | null = null;
    do {
      const page: { items: Camera[]; next_cursor?: string | null } = await unwrap(
        client.GET("/api/v1/cameras", { params: { query: { limit: 500, cursor } } }),
      );
      cameras.push(...page.items);
      cursor = page.next_cursor ?? null;
    } while (cursor);
    return cameras;
  },
});

export const cameraQuery = (id: string) =>
  queryOptions({
    queryKey: ["cameras", id],
    queryFn: () =>
      unwrap(client.GET("/api/v1/cameras/{camera_id}", { params: { path: { camera_id: id } } })),
  });

export const sourcesQuery = queryOptions({
  queryKey: ["camera-sources"],
  queryFn: async () => (await unwrap(client.GET("/api/v1/camera-sources"))).items,
});

export interface CameraDraft {
  name: string;
  plugin: string;
  source: string;
  config: Config;
}

export interface CameraPatch {
  name?: string;
  enabled?: boolean;
  config?: Config;
  recorded_streams?: StreamName[];
}

export function useCreateCamera() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (body: CameraDraft) =>
      unwrap(client.POST("/api/v1/cameras", { body: { enabled: true, recorded_streams: ["main"], ...body } })),
    onSuccess: () => queries.invalidateQueries(camerasQuery),
  });
}

export function useUpdateCamera(id: string) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (body: CameraPatch) =>
      unwrap(
        client.PATCH("/api/v1/cameras/{camera_id}", { params: { path: { camera_id: id } }, body }),
      ),
    onSuccess: (camera) => {
      queries.setQueryData(cameraQuery(id).queryKey, camera);
      return queries.invalidateQueries({ ...camerasQuery, exact: true });
    },
  });
}

export function useDeleteCamera(id: string) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (recordings: "keep" | "delete") =>
      unwrap(
        client.DELETE("/api/v1/cameras/{camera_id}", {
          params: { path: { camera_id: id }, query: { recordings } },
        }),
      ),
    onSuccess: () => {
      queries.removeQueries({ queryKey: ["cameras", id] });
      return queries.invalidateQueries({ ...camerasQuery, exact: true });
    },
  });
}

export interface ProbeRequest {
  plugin: string;
  source: string;
  config: Config;
  camera_id?: string;
}

export function useProbe() {
  return useMutation({
    mutationFn: (body: ProbeRequest) => unwrap(client.POST("/api/v1/cameras/probe", { body })),
  });
}
