import type { components } from "./schema";

type Schemas = components["schemas"];

export type User = Schemas["UserView"];
export type Camera = Schemas["CameraView"];
export type StreamName = Camera["streams"][number];
export type StreamHealth = Schemas["StreamHealth"];
export type CameraState = StreamHealth["state"];
export type CameraSource = Schemas["CameraSourceInfo"];
export type ProbeResult = Schemas["ProbeView"];
export type Plugin = Schemas["Plugin"];
export type Contribution = Plugin["contributions"][number];
export type PluginSchema = Schemas["ComponentSchema"];
export type PluginConfig = Schemas["ComponentConfig"];
export type SystemInfo = Schemas["SystemView"];
export type Process = SystemInfo["processes"][number];
export type StorageInfo = SystemInfo["storages"][number];
export type Recordings = Schemas["RecordingsView"];
export type Playback = Schemas["PlaybackView"];
export type ApiToken = Schemas["TokenView"];
export type NewApiToken = Schemas["NewTokenView"];

/** A configuration as it travels: any JSON object. */
export type Config = Record<string, unknown>;
