import { CircleCheck } from "lucide-react";

import type { ProbeResult } from "@/api/types";
import { Notice } from "@/components/ui/Notice";

/** What a test of a camera found. */
export function ProbePanel({ result }: { result: ProbeResult }) {
  const maker = [result.make, result.model].filter(Boolean).join(" ");
  return (
    <div data-testid="probe-result" className="grid gap-3 rounded-lg border bg-raised/50 p-4 sm:grid-cols-[12rem_1fr]">
      {result.thumbnail ? (
        <img src={result.thumbnail} alt="Picture from the camera" className="aspect-video w-full rounded-md bg-black object-contain" />
      ) : (
        <div className="grid aspect-video place-content-center rounded-md bg-black text-xs text-white/70">
          No picture
        </div>
      )}
      <div className="grid content-start gap-2">
        <p className="flex items-center gap-2 text-sm font-medium text-ok">
          <CircleCheck aria-hidden className="size-4" /> The camera answers{maker && `: ${maker}`}
        </p>
        <ul className="grid gap-1 text-[13px]">
          {result.streams.map((stream) => (
            <li key={stream.name} className="flex flex-wrap gap-x-2">
              <span className="w-10 font-medium">{stream.name}</span>
              <span className="text-muted">{describe(stream)}</span>
            </li>
          ))}
        </ul>
        {result.warnings.map((warning) => (
          <Notice key={warning} tone="warn">
            {warning}
          </Notice>
        ))}
      </div>
    </div>
  );
}

function describe({ video, audio }: ProbeResult["streams"][number]): string {
  const parts: string[] = [];
  if (video) {
    const rate = video.fps ? ` ${Math.round(video.fps * 100) / 100} fps` : "";
    parts.push(`${video.codec.toUpperCase()} ${video.width}×${video.height}${rate}`);
  }
  parts.push(audio ? `${audio.codec.toUpperCase()} ${audio.sample_rate / 1000} kHz` : "no sound");
  return parts.join(", ");
}
