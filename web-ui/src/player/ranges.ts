/** A stretch of buffered media, in seconds. */
export interface Span {
  start: number;
  end: number;
}

/** Copies TimeRanges. */
export function spans(ranges: TimeRanges): Span[] {
  return Array.from({ length: ranges.length }, (_, i) => ({ start: ranges.start(i), end: ranges.end(i) }));
}

/** The stretch that holds a time. */
export function spanAt(all: readonly Span[], time: number): Span | null {
  return all.find((span) => time >= span.start && time < span.end) ?? null;
}

/** Begin of the stretch after the one at a time, or null. */
export function nextStart(all: readonly Span[], time: number): number | null {
  return all.find((span) => span.start > time)?.start ?? null;
}

/** How much is left to play at a time before media ends, seconds. */
export function restAt(all: readonly Span[], time: number): number {
  const here = spanAt(all, time);
  return here ? here.end - time : 0;
}
