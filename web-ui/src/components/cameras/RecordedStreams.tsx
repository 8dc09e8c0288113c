import type { Camera, StreamName } from "@/api/types";

interface Props {
  camera: Camera;
  value: readonly StreamName[];
  onChange: (streams: StreamName[]) => void;
}

const LABELS: Record<string, string> = { main: "Main stream", sub: "Sub stream" };

/** Which of a camera's streams are recorded. */
export function RecordedStreams({ camera, value, onChange }: Props) {
  return (
    <fieldset className="grid gap-2">
      <legend className="mb-1.5 text-[13px] font-medium">Record</legend>
      {camera.streams.map((stream) => (
        <label key={stream} className="flex items-center gap-2.5 text-sm">
          <input
            type="checkbox"
            checked={value.includes(stream)}
            onChange={(event) =>
              onChange(
                camera.streams.filter((item) => (item === stream ? event.target.checked : value.includes(item))),
              )
            }
            className="size-4 accent-accent-strong"
          />
          {LABELS[stream] ?? stream}
        </label>
      ))}
      {value.length === 0 && <p className="text-xs text-warn">Nothing is recorded.</p>}
    </fieldset>
  );
}
