/** A stretch of buffered media, in seconds. */
export interface Span {
  start: number;
  end: number;
}

/** Joins that differ by less than this count as one stretch. */
const JOIN_S = 0.1;

/** Copies TimeRanges, joining stretches that touch. */
export function spans(ranges: TimeRanges): Span[] {
  const joined: Span[] = [];
  for (let i = 0; i < ranges.length; i += 1) {
    const start = ranges.start(i);
    const last = joined.at(-1);
    if (last && start - last.end < JOIN_S) last.end = ranges.end(i);
    else joined.push({ start, end: ranges.end(i) });
  }
  return joined;
}

/** The stretch that holds a time. */
export function spanAt(all: readonly Span[], time: number): Span | null {
  return all.find((span) => time >= span.start - JOIN_S && time < span.end) ?? null;
}

/**
 * Where to jump from a time with nothing to play: the next stretch's start, or null.
 *
 * `rest` seconds at the end of a stretch may be left out.
 */
export function jumpOverHole(all: readonly Span[], time: number, rest = 0): number | null {
  const here = spanAt(all, time);
  if (here && here.end - time > Math.max(rest, JOIN_S)) {
    return time < here.start ? here.start + 0.01 : null;
  }
  const next = all.find((span) => span.start > time);
  return next ? next.start + 0.01 : null;
}
