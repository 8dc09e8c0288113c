/** One group of pictures in a recorded file, fetched as a byte range. */
export interface Gop {
  /** Wall-clock time of its first frame, ms since the epoch. */
  wall: number;
  /** Wall-clock end, ms. */
  wallEnd: number;
  /** Wall-clock time of its file's media zero, seconds since the epoch. */
  zero: number;
  url: string;
  firstByte: number;
  size: number;
  run: RunInfo;
}

/** What the player needs to know of an unbroken stretch of recording. */
export interface RunInfo {
  id: string;
  mime: string;
  initUrl: string;
}

/** The part of `GET /cameras/{id}/playback` that the index reads. */
export interface PlaybackManifest {
  runs: readonly {
    id: string | number;
    mime: string;
    start: string;
    init_url: string;
    segments: readonly {
      start: string;
      end: string;
      url: string;
      base_s: number;
      size: number;
      keyframes: readonly { time: string; offset: number; size: number }[];
    }[];
  }[];
}

/**
 * Lists the groups of pictures of a manifest by time.
 *
 * Within a run decode times and wall clock are one scale, so joins between files are exact and so
 * is the time shown.
 */
export function buildIndex(manifest: PlaybackManifest): Gop[] {
  const gops: Gop[] = [];
  for (const run of manifest.runs) {
    const info: RunInfo = { id: String(run.id), mime: run.mime, initUrl: run.init_url };
    const runStart = Date.parse(run.start) / 1000;
    for (const segment of run.segments) {
      const zero = runStart + segment.base_s;
      segment.keyframes.forEach((keyframe, i) => {
        const next = segment.keyframes[i + 1];
        gops.push({
          wall: Date.parse(keyframe.time),
          wallEnd: Date.parse(next ? next.time : segment.end),
          zero,
          url: segment.url,
          firstByte: keyframe.offset,
          size: keyframe.size,
          run: info,
        });
      });
    }
  }
  return gops.sort((a, b) => a.wall - b.wall);
}

/** Adds newer groups to an index, leaving out those it has. */
export function mergeIndex(old: readonly Gop[], more: readonly Gop[]): Gop[] {
  const known = new Set(old.map((gop) => gop.wall));
  return [...old, ...more.filter((gop) => !known.has(gop.wall))].sort((a, b) => a.wall - b.wall);
}

/** Index of the group that shows a wall-clock time, or of the next one after it; -1 at the end. */
export function gopAt(gops: readonly Gop[], wall: number): number {
  let low = 0;
  let high = gops.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((gops[middle]?.wallEnd ?? 0) > wall) high = middle;
    else low = middle + 1;
  }
  return low < gops.length ? low : -1;
}
