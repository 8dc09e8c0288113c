/** Address of a camera's live socket. */
export function liveSocketUrl(cameraId: string, stream: string, page: Location = location): string {
  const scheme = page.protocol === "https:" ? "wss" : "ws";
  const query = `stream=${encodeURIComponent(stream)}`;
  return `${scheme}://${page.host}/api/v1/cameras/${encodeURIComponent(cameraId)}/live?${query}`;
}

/** Address of a camera's live HLS playlist. */
export function liveHlsUrl(cameraId: string, stream: string): string {
  const query = `stream=${encodeURIComponent(stream)}`;
  return `/api/v1/cameras/${encodeURIComponent(cameraId)}/live/index.m3u8?${query}`;
}

/** Address of a playlist of what was recorded between two times, ms since the epoch. */
export function pastHlsUrl(cameraId: string, stream: string, start: number, end: number): string {
  const query = new URLSearchParams({
    stream,
    start: new Date(start).toISOString(),
    end: new Date(end).toISOString(),
  });
  return `/api/v1/cameras/${encodeURIComponent(cameraId)}/hls/index.m3u8?${query}`;
}

/** Address of a still picture; `stamp` keeps the browser from showing an old one. */
export function snapshotUrl(cameraId: string, options: SnapshotOptions = {}): string {
  const query = new URLSearchParams();
  if (options.stream) query.set("stream", options.stream);
  if (options.width) query.set("width", String(options.width));
  if (options.time) query.set("time", new Date(options.time).toISOString());
  if (options.stamp) query.set("_", String(options.stamp));
  return `/api/v1/cameras/${encodeURIComponent(cameraId)}/snapshot?${query}`;
}

export interface SnapshotOptions {
  stream?: string;
  width?: number;
  /** Wall-clock time, ms since the epoch; none for live. */
  time?: number;
  stamp?: number;
}
