/** The stretch of time that a timeline shows, ms since the epoch. */
export interface View {
  start: number;
  span: number;
}

export const MIN_SPAN_MS = 30_000;
export const MAX_SPAN_MS = 31 * 86_400_000;
/** Room kept free to the right of now. */
const AFTER_NOW = 0.03;

const STEPS_S = [
  1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400,
  172_800, 604_800,
];
const MIN_TICK_PX = 84;

/** The last `span` ms up to now. */
export function latestView(span: number, now: number): View {
  return { start: now - span * (1 - AFTER_NOW), span };
}

/** Keeps a view from showing much of the future. */
export function clampView(view: View, now: number): View {
  const span = Math.min(MAX_SPAN_MS, Math.max(MIN_SPAN_MS, view.span));
  return { start: Math.min(view.start, latestView(span, now).start), span };
}

export function toX(view: View, time: number, width: number): number {
  return ((time - view.start) / view.span) * width;
}

export function toTime(view: View, x: number, width: number): number {
  return view.start + (x / Math.max(1, width)) * view.span;
}

/** Zooms so that the time at `anchor` stays where it is; a factor below 1 shows less. */
export function zoomView(view: View, factor: number, anchor: number, now: number): View {
  const span = Math.min(MAX_SPAN_MS, Math.max(MIN_SPAN_MS, view.span * factor));
  const share = (anchor - view.start) / view.span;
  return clampView({ start: anchor - share * span, span }, now);
}

/** Moves a view by some ms; later where positive. */
export function panView(view: View, by: number, now: number): View {
  return clampView({ start: view.start + by, span: view.span }, now);
}

/** Moves a view as little as needed to show a time. */
export function showTime(view: View, time: number, now: number): View {
  if (time >= view.start && time <= view.start + view.span) return view;
  return clampView({ start: time - view.span / 2, span: view.span }, now);
}

/** Round local times to label, and the step between them in seconds. */
export function ticks(view: View, width: number, offsetMinutes: number): { times: number[]; step: number } {
  const perTick = (view.span / 1000 / Math.max(1, width)) * MIN_TICK_PX;
  const step = STEPS_S.find((candidate) => candidate >= perTick) ?? STEPS_S.at(-1) ?? 86_400;
  const offset = offsetMinutes * 60_000;
  const stepMs = step * 1000;
  const times: number[] = [];
  let local = Math.ceil((view.start - offset) / stepMs) * stepMs;
  for (; local + offset <= view.start + view.span; local += stepMs) times.push(local + offset);
  return { times, step };
}

/** A window wider than the view whose edges move in steps, so that panning asks the server rarely. */
export function fetchWindow(view: View): { start: number; end: number } {
  const grid = 2 ** Math.ceil(Math.log2(view.span));
  const start = Math.floor((view.start - view.span * 0.25) / grid) * grid;
  const end = Math.ceil((view.start + view.span * 1.25) / grid) * grid;
  return { start: Math.max(start, end - MAX_SPAN_MS), end };
}
