import { useEffect } from "react";

import type { CameraPlayerControls } from "./use-camera-player";

interface Actions {
  toggleMute: () => void;
  toggleFullScreen: () => void;
}

/** Keys of the camera page, wherever the focus is except in a field or on a control of its own. */
export function usePlayerKeys(player: CameraPlayerControls, { toggleMute, toggleFullScreen }: Actions): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
      const target = event.target as HTMLElement;
      if (target.closest("input, textarea, select, [role=dialog]")) return;
      if (event.key === " " && target.closest("button, a")) return;
      const step = event.shiftKey ? 60_000 : 10_000;
      const actions: Record<string, () => void> = {
        " ": player.togglePlay,
        l: player.goLive,
        ArrowLeft: () => player.seekBy(-step),
        ArrowRight: () => player.seekBy(step),
        ",": () => player.step(-1),
        ".": () => player.step(1),
        m: toggleMute,
        f: toggleFullScreen,
      };
      const action = actions[event.key.length === 1 ? event.key.toLowerCase() : event.key];
      if (!action) return;
      event.preventDefault();
      action();
    };
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  }, [player, toggleMute, toggleFullScreen]);
}
