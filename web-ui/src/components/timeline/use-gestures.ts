import { type RefObject, useEffect, useRef } from "react";

import { RULER_H } from "./draw";
import { panView, toTime, toX, type View, zoomView } from "./view";

interface Options {
  view: View;
  cursor: number;
  setView: (view: View) => void;
  /** `done` is false while a drag goes on. */
  onSeek: (time: number, done: boolean) => void;
}

const CLICK_PX = 4;
const GRIP_PX = 10;

/**
 * Pointer and wheel on a timeline: click seeks, dragging the cursor or the ruler scrubs, dragging
 * elsewhere pans, wheel and pinch zoom.
 */
export function useGestures(target: RefObject<HTMLElement | null>, options: Options): void {
  const latest = useRef(options);
  useEffect(() => {
    latest.current = options;
  });

  useEffect(() => {
    const element = target.current;
    if (!element) return undefined;
    const pointers = new Map<number, number>();
    let drag: { kind: "pan" | "scrub"; from: number; view: View; moved: boolean } | null = null;
    let pinch: { distance: number; view: View } | null = null;

    const place = (event: MouseEvent): { x: number; y: number; width: number } => {
      const box = element.getBoundingClientRect();
      return { x: event.clientX - box.left, y: event.clientY - box.top, width: box.width };
    };

    const onDown = (event: PointerEvent): void => {
      if (event.button !== 0) return;
      const { x, y, width } = place(event);
      const { view, cursor, onSeek } = latest.current;
      element.setPointerCapture(event.pointerId);
      pointers.set(event.pointerId, x);
      if (pointers.size === 2) {
        const [a = 0, b = 0] = pointers.values();
        pinch = { distance: Math.max(10, Math.abs(a - b)), view };
        drag = null;
        return;
      }
      const scrubs = y <= RULER_H || Math.abs(x - toX(view, cursor, width)) <= GRIP_PX;
      drag = { kind: scrubs ? "scrub" : "pan", from: x, view, moved: false };
      if (scrubs && y <= RULER_H) onSeek(toTime(view, x, width), false);
    };

    const onMove = (event: PointerEvent): void => {
      if (!pointers.has(event.pointerId)) return;
      const { x, width } = place(event);
      pointers.set(event.pointerId, x);
      const { setView, onSeek } = latest.current;
      if (pinch && pointers.size === 2) {
        const [a = 0, b = 0] = pointers.values();
        const factor = pinch.distance / Math.max(10, Math.abs(a - b));
        const anchor = toTime(pinch.view, (a + b) / 2, width);
        setView(zoomView(pinch.view, factor, anchor, Date.now()));
        return;
      }
      if (!drag || (!drag.moved && Math.abs(x - drag.from) < CLICK_PX)) return;
      drag.moved = true;
      if (drag.kind === "scrub") onSeek(toTime(drag.view, x, width), false);
      else setView(panView(drag.view, ((drag.from - x) / width) * drag.view.span, Date.now()));
    };

    const onUp = (event: PointerEvent): void => {
      if (!pointers.delete(event.pointerId)) return;
      const { x, width } = place(event);
      const ended = drag;
      drag = null;
      if (pinch) {
        if (pointers.size === 0) pinch = null;
        return;
      }
      if (!ended || event.type === "pointercancel") return;
      const seeks = ended.kind === "scrub" || !ended.moved;
      if (seeks) latest.current.onSeek(toTime(latest.current.view, x, width), true);
    };

    const onWheel = (event: WheelEvent): void => {
      event.preventDefault();
      const { x, width } = place(event);
      const { view, setView } = latest.current;
      const sideways = Math.abs(event.deltaX) > Math.abs(event.deltaY) || event.shiftKey;
      if (sideways) {
        const by = event.deltaX || event.deltaY;
        setView(panView(view, (by / width) * view.span, Date.now()));
      } else {
        const factor = Math.exp(Math.max(-1, Math.min(1, event.deltaY * 0.0025)));
        setView(zoomView(view, factor, toTime(view, x, width), Date.now()));
      }
    };

    element.addEventListener("pointerdown", onDown);
    element.addEventListener("pointermove", onMove);
    element.addEventListener("pointerup", onUp);
    element.addEventListener("pointercancel", onUp);
    element.addEventListener("wheel", onWheel, { passive: false });
    return () => {
      element.removeEventListener("pointerdown", onDown);
      element.removeEventListener("pointermove", onMove);
      element.removeEventListener("pointerup", onUp);
      element.removeEventListener("pointercancel", onUp);
      element.removeEventListener("wheel", onWheel);
    };
  }, [target]);
}
