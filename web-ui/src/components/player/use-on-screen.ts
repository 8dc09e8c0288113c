import { type RefObject, useEffect, useState } from "react";

/** True while the element is near the visible part of the page and the page itself is shown. */
export function useOnScreen(element: RefObject<HTMLElement | null>): boolean {
  const [near, setNear] = useState(false);
  const [pageShown, setPageShown] = useState(() => document.visibilityState === "visible");

  useEffect(() => {
    if (!element.current) return undefined;
    const observer = new IntersectionObserver(
      (entries) => setNear(entries.at(-1)?.isIntersecting ?? false),
      { rootMargin: "120px" },
    );
    observer.observe(element.current);
    return () => observer.disconnect();
  }, [element]);

  useEffect(() => {
    const onChange = (): void => setPageShown(document.visibilityState === "visible");
    document.addEventListener("visibilitychange", onChange);
    return () => document.removeEventListener("visibilitychange", onChange);
  }, []);

  return near && pageShown;
}
