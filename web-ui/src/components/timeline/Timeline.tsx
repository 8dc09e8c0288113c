import { type KeyboardEvent, type PointerEvent, useEffect, useRef, useState } from "react";

import { formatClock, formatCode, formatDateTime, formatDay, formatDuration } from "@/lib/format";
import { useUi } from "@/stores/ui";

import { drawTimeline, type Gap, type Stretch } from "./draw";
import { useGestures } from "./use-gestures";
import { panView, toTime, toX, type View, zoomView } from "./view";

interface Props {
  view: View;
  setView: (view: View) => void;
  ranges: readonly Stretch[];
  gaps: readonly Gap[];
  /** Time of the frame on screen, ms since the epoch. */
  cursor: number;
  live: boolean;
  onSeek: (time: number, done: boolean) => void;
  onLive: () => void;
}

const SMALL_STEP_MS = 10_000;
const LARGE_STEP_MS = 60_000;

/**
 * Recorded time as a strip to look at, move along and seek in.
 *
 * Keys: arrows 10 s (with Shift a minute), Page Up and Down an eighth of the view, Home its start,
 * End live, plus and minus zoom.
 */
export function Timeline({ view, setView, ranges, gaps, cursor, live, onSeek, onLive }: Props) {
  const strip = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const theme = useUi((ui) => ui.theme);
  const width = useWidth(strip);
  const [hover, setHover] = useState<number | null>(null);

  useGestures(strip, { view, cursor, setView, onSeek });

  useEffect(() => {
    const element = canvas.current;
    if (!element || width === 0) return;
    const style = getComputedStyle(document.documentElement);
    const color = (name: string): string => style.getPropertyValue(name).trim();
    drawTimeline(element, view, ranges, gaps, {
      text: color("--muted"),
      line: color("--line"),
      recorded: color("--recorded"),
      gap: color("--gap"),
      track: color("--raised"),
    });
  }, [view, ranges, gaps, width, theme]);

  const onKey = (event: KeyboardEvent): void => {
    const step = event.shiftKey ? LARGE_STEP_MS : SMALL_STEP_MS;
    const now = Date.now();
    const actions: Record<string, () => void> = {
      ArrowLeft: () => onSeek(cursor - step, true),
      ArrowRight: () => onSeek(cursor + step, true),
      ArrowDown: () => onSeek(cursor - step, true),
      ArrowUp: () => onSeek(cursor + step, true),
      PageUp: () => setView(panView(view, -view.span / 8, now)),
      PageDown: () => setView(panView(view, view.span / 8, now)),
      Home: () => onSeek(view.start, true),
      End: onLive,
      "+": () => setView(zoomView(view, 0.5, cursor, now)),
      "-": () => setView(zoomView(view, 2, cursor, now)),
    };
    const action = actions[event.key];
    if (!action || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    event.stopPropagation();
    action();
  };

  const onHover = (event: PointerEvent<HTMLDivElement>): void => {
    if (event.pointerType !== "mouse") return;
    setHover(event.clientX - event.currentTarget.getBoundingClientRect().left);
  };

  const cursorX = toX(view, cursor, width);
  const cursorShown = cursorX >= 0 && cursorX <= width;
  return (
    <div className="relative select-none">
      <div
        ref={strip}
        role="slider"
        tabIndex={0}
        aria-label="Timeline"
        aria-orientation="horizontal"
        aria-valuemin={Math.round(view.start / 1000)}
        aria-valuemax={Math.round((view.start + view.span) / 1000)}
        aria-valuenow={Math.round(cursor / 1000)}
        aria-valuetext={live ? "Live" : formatDateTime(cursor)}
        data-testid="timeline"
        onKeyDown={onKey}
        onPointerMove={onHover}
        onPointerLeave={() => setHover(null)}
        className="relative h-20 w-full cursor-pointer touch-none overflow-hidden"
      >
        <canvas ref={canvas} className="block size-full" />
        {cursorShown && (
          <div
            className="pointer-events-none absolute inset-y-0 w-0.5 -translate-x-1/2 bg-danger-strong"
            style={{ left: cursorX }}
          >
            <span className="absolute top-1 left-1/2 size-3 -translate-x-1/2 rounded-full bg-danger-strong" />
          </div>
        )}
        {hover !== null && (
          <div
            className="pointer-events-none absolute inset-y-0 w-px bg-text/40"
            style={{ left: hover }}
          />
        )}
      </div>
      {hover !== null && <HoverTip x={hover} width={width} time={toTime(view, hover, width)} ranges={ranges} gaps={gaps} />}
    </div>
  );
}

interface TipProps {
  x: number;
  width: number;
  time: number;
  ranges: readonly Stretch[];
  gaps: readonly Gap[];
}

function HoverTip({ x, width, time, ranges, gaps }: TipProps) {
  const gap = gaps.find(({ start, end }) => time >= start && time <= end);
  const recorded = ranges.some(({ start, end }) => time >= start && time <= end);
  // The newest file becomes readable when it is complete.
  const newest = ranges.at(-1)?.end ?? 0;
  const empty = !gap && !recorded && ranges.length > 0 && time < newest;
  const left = Math.max(76, Math.min(width - 76, x));
  return (
    <div
      data-testid="timeline-tooltip"
      className="pointer-events-none absolute bottom-full z-10 mb-1 w-max max-w-64 -translate-x-1/2 rounded-md border bg-raised px-2 py-1 text-center text-xs shadow-lg"
      style={{ left }}
    >
      <p className="font-medium tabular-nums">
        {formatDay(time)} {formatClock(time)}
      </p>
      {empty && <p className="text-muted">Not recorded</p>}
      {gap && (
        <p className="text-warn">
          {formatCode(gap.reason)} · {formatDuration((gap.end - gap.start) / 1000)}
          {gap.detail && <span className="block text-muted">{gap.detail}</span>}
        </p>
      )}
    </div>
  );
}

function useWidth(element: React.RefObject<HTMLElement | null>): number {
  const [width, setWidth] = useState(0);
  useEffect(() => {
    if (!element.current) return undefined;
    const observer = new ResizeObserver(([entry]) => setWidth(entry?.contentRect.width ?? 0));
    observer.observe(element.current);
    return () => observer.disconnect();
  }, [element]);
  return width;
}
