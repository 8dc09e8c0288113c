import type { Camera, StreamHealth } from "@/api/types";
import { Card, CardHeader } from "@/components/ui/Card";
import { Facts } from "@/components/ui/Facts";
import { stateLook } from "@/lib/camera-state";
import { formatAgo, formatBitrate } from "@/lib/format";

/** How each stream of a camera is doing, in numbers. */
export function HealthFacts({ camera }: { camera: Camera }) {
  const streams = Object.entries(camera.health);
  if (streams.length === 0) return null;
  return (
    <div className="grid gap-3 lg:grid-cols-[repeat(auto-fit,minmax(24rem,1fr))]">
      {streams.map(([stream, health]) => (
        <Card key={stream} data-testid={`health-${stream}`}>
          <CardHeader
            title={`${stream === "main" ? "Main" : "Sub"} stream`}
            description={health.message || stateLook(health.state).label}
          />
          <Facts items={factsOf(health)} />
        </Card>
      ))}
    </div>
  );
}

function factsOf(health: StreamHealth): [string, string][] {
  const picture = health.width > 0 ? `${health.width}×${health.height}` : "–";
  return [
    ["Picture", [picture, health.video_codec.toUpperCase()].filter(Boolean).join(" ")],
    ["Sound", health.audio_codec.toUpperCase() || "none"],
    ["Frames", `${Math.round(health.fps * 10) / 10} fps`],
    ["Bit rate", formatBitrate(health.bitrate)],
    ["Read by", laneOf(health)],
    ["Recording", health.recording ? "yes" : "no"],
    ["Last seen", formatAgo(health.last_seen)],
    ["Reconnects", String(health.reconnects)],
    ["Dropped", String(health.dropped_units)],
  ];
}

const LANES: Record<string, string> = {
  fast: "the engine (fast lane)",
  av: "libav",
  plugin: "its plugin",
};

function laneOf(health: StreamHealth): string {
  const lane = LANES[health.lane] ?? "–";
  return health.lane_reason ? `${lane}: ${health.lane_reason}` : lane;
}
