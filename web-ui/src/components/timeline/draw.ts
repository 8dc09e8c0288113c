import { ticks, toX, type View } from "./view";

/** A stretch of recording or of its absence, ms since the epoch. */
export interface Stretch {
  start: number;
  end: number;
}

export interface Gap extends Stretch {
  reason: string;
  detail: string;
}

export interface TimelineColors {
  text: string;
  line: string;
  recorded: string;
  gap: string;
  track: string;
}

export const RULER_H = 24;
const TRACK_TOP = RULER_H + 6;

/** Draws ruler, recorded stretches and gaps; the cursor is an element of its own. */
export function drawTimeline(
  canvas: HTMLCanvasElement,
  view: View,
  ranges: readonly Stretch[],
  gaps: readonly Gap[],
  colors: TimelineColors,
): void {
  const context = canvas.getContext("2d");
  if (!context) return;
  const ratio = devicePixelRatio || 1;
  const width = canvas.clientWidth;
  const height = canvas.clientHeight;
  if (canvas.width !== Math.round(width * ratio)) canvas.width = Math.round(width * ratio);
  if (canvas.height !== Math.round(height * ratio)) canvas.height = Math.round(height * ratio);
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, width, height);

  const trackH = height - TRACK_TOP - 8;
  context.fillStyle = colors.track;
  context.fillRect(0, TRACK_TOP, width, trackH);
  drawStretches(context, view, ranges, width, TRACK_TOP, trackH, colors.recorded);
  drawStretches(context, view, gaps, width, TRACK_TOP + trackH - 4, 4, colors.gap);
  drawRuler(context, view, width, height, colors);
}

function drawStretches(
  context: CanvasRenderingContext2D,
  view: View,
  stretches: readonly Stretch[],
  width: number,
  top: number,
  height: number,
  color: string,
): void {
  context.fillStyle = color;
  for (const { start, end } of stretches) {
    const left = Math.max(0, Math.floor(toX(view, start, width)));
    const right = Math.min(width, Math.ceil(toX(view, end, width)));
    if (right > 0 && left < width) context.fillRect(left, top, Math.max(1, right - left), height);
  }
}

function drawRuler(
  context: CanvasRenderingContext2D,
  view: View,
  width: number,
  height: number,
  colors: TimelineColors,
): void {
  const offset = new Date(view.start + view.span / 2).getTimezoneOffset();
  const { times, step } = ticks(view, width, offset);
  const font = getComputedStyle(context.canvas).fontFamily;
  context.font = `11px ${font}`;
  context.textAlign = "center";
  context.textBaseline = "middle";
  for (const time of times) {
    const x = Math.round(toX(view, time, width)) + 0.5;
    context.fillStyle = colors.line;
    context.fillRect(x - 0.5, RULER_H, 1, height - RULER_H - 8);
    if (x < 24 || x > width - 24) continue;
    context.fillStyle = colors.text;
    context.fillText(tickLabel(time, step), x, RULER_H / 2 + 1);
  }
}

function tickLabel(time: number, step: number): string {
  const date = new Date(time);
  const midnight = date.getHours() === 0 && date.getMinutes() === 0 && date.getSeconds() === 0;
  if (step >= 86_400 || midnight) {
    return date.toLocaleDateString(undefined, { day: "numeric", month: "short" });
  }
  return date.toLocaleTimeString(undefined, {
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
    ...(step < 60 && { second: "2-digit" }),
  });
}
