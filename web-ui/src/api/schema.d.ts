// Kept by hand until the server's OpenAPI exists.
interface Schemas {
  User: { id: number; username: string; role: string };
  StreamHealth: {
    state: "starting" | "online" | "offline" | "auth_failed" | "unsupported" | "config_error" | "disabled";
    code: string; message: string; last_seen: string | null; fps: number; bitrate: number;
    video_codec: string; audio_codec: string; width: number; height: number; reconnects: number;
    dropped_units: number; recording: boolean; checked_at: string | null;
  };
  Camera: {
    id: string; name: string; enabled: boolean; plugin: string; source: string;
    config: Record<string, unknown>; streams: string[]; recorded_streams: string[]; position: number;
    created_at: string; updated_at: string; health: Record<string, Schemas["StreamHealth"]>;
  };
  CameraSource: {
    plugin: string; source: string; title: string; description: string;
    camera_schema: Record<string, unknown>; available: boolean; reason: string;
  };
  ProbeStream: {
    name: string;
    video: { codec: string; width: number; height: number; fps: number } | null;
    audio: { codec: string; sample_rate: number; channels: number } | null;
  };
  ProbeResult: {
    ok: boolean; make: string; model: string; streams: Schemas["ProbeStream"][]; warnings: string[];
    thumbnail: string | null;
  };
}
export interface components { schemas: Schemas }
