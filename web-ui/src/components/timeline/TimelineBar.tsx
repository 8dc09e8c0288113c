import { ZoomIn, ZoomOut } from "lucide-react";

import { messageOf } from "@/api/errors";
import { Button } from "@/components/ui/Button";
import { cn } from "@/lib/cn";

import type { Gap, Stretch } from "./draw";
import { Timeline } from "./Timeline";
import { showTime, type View, zoomView } from "./view";

const HOUR_MS = 3_600_000;
const SPANS = [
  { label: "1 h", span: HOUR_MS },
  { label: "6 h", span: 6 * HOUR_MS },
  { label: "24 h", span: 24 * HOUR_MS },
  { label: "7 d", span: 7 * 24 * HOUR_MS },
];

interface Props {
  view: View;
  setView: (view: View) => void;
  ranges: readonly Stretch[];
  gaps: readonly Gap[];
  cursor: number;
  live: boolean;
  onSeek: (time: number, done: boolean) => void;
  onLive: () => void;
  error: Error | null;
}

/** Timeline with its zoom buttons and the field to go to a moment. */
export function TimelineBar({ error, ...timeline }: Props) {
  const { view, setView, cursor, onSeek } = timeline;

  const zoomTo = (span: number): void => {
    setView(zoomView(showTime(view, cursor, Date.now()), span / view.span, cursor, Date.now()));
  };

  return (
    <div className="border-t">
      <Timeline {...timeline} />
      <div className="flex flex-wrap items-center gap-1 border-t px-2 py-1.5">
        {SPANS.map(({ label, span }) => (
          <Button
            key={label}
            size="sm"
            variant="ghost"
            aria-pressed={Math.abs(view.span - span) < 1}
            className={cn("px-2", Math.abs(view.span - span) < 1 && "bg-raised text-text")}
            onClick={() => zoomTo(span)}
          >
            {label}
          </Button>
        ))}
        <Button size="sm" variant="ghost" className="px-2" aria-label="Zoom in" onClick={() => zoomTo(view.span / 2)}>
          <ZoomIn className="size-4" />
        </Button>
        <Button size="sm" variant="ghost" className="px-2" aria-label="Zoom out" onClick={() => zoomTo(view.span * 2)}>
          <ZoomOut className="size-4" />
        </Button>
        {error && <p className="px-2 text-xs text-danger">{messageOf(error)}</p>}
        <label className="ml-auto flex items-center gap-2 text-xs text-muted">
          Go to
          <input
            type="datetime-local"
            step={1}
            aria-label="Go to time"
            onChange={(event) => {
              const time = new Date(event.target.value).getTime();
              if (!Number.isFinite(time)) return;
              setView(showTime(view, time, Date.now()));
              onSeek(time, true);
            }}
            className="h-8 rounded-lg border bg-surface px-2 text-xs text-text dark:bg-ground"
          />
        </label>
      </div>
    </div>
  );
}
