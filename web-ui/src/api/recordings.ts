import { queryOptions } from "@tanstack/react-query";

import { client, unwrap } from "./client";
import type { Playback, StreamName } from "./types";

const iso = (ms: number): string => new Date(ms).toISOString();

/** Recorded ranges and gaps between two times, ms since the epoch. */
export const recordingsQuery = (cameraId: string, stream: StreamName, start: number, end: number) =>
  queryOptions({
    queryKey: ["recordings", cameraId, stream, start, end],
    queryFn: ({ signal }) =>
      unwrap(
        client.GET("/api/v1/cameras/{camera_id}/recordings", {
          params: {
            path: { camera_id: cameraId },
            query: { start: iso(start), end: iso(end), stream, limit: 1 },
          },
          signal,
        }),
      ),
    refetchInterval: 10_000,
    // The last picture of the timeline stays up while the next is read.
    placeholderData: (previous) => previous,
  });

/** Byte ranges to play between two times. */
export function fetchPlayback(
  cameraId: string,
  stream: StreamName,
  start: number,
  end: number,
  signal: AbortSignal,
): Promise<Playback> {
  return unwrap(
    client.GET("/api/v1/cameras/{camera_id}/playback", {
      params: {
        path: { camera_id: cameraId },
        query: { start: iso(start), end: iso(end), stream },
      },
      signal,
    }),
  );
}
