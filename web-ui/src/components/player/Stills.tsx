import { useEffect, useState } from "react";

import { snapshotUrl } from "@/player/live-url";

interface Props {
  cameraId: string;
  stream: string;
  label: string;
}

const PAUSE_MS = 1000;

/** Live as single pictures, one a second: for browsers that cannot play the stream. */
export function Stills({ cameraId, stream, label }: Props) {
  const [stamp, setStamp] = useState(() => Date.now());
  const [loaded, setLoaded] = useState(0);

  useEffect(() => {
    if (loaded === 0) return undefined;
    const timer = setTimeout(() => setStamp(Date.now()), PAUSE_MS);
    return () => clearTimeout(timer);
  }, [loaded]);

  return (
    <img
      src={snapshotUrl(cameraId, { stream, stamp })}
      alt={label}
      data-testid="stills"
      className="absolute inset-0 size-full object-contain"
      onLoad={() => setLoaded((count) => count + 1)}
      onError={() => setLoaded((count) => count + 1)}
    />
  );
}
