const UNITS = ["B", "KB", "MB", "GB", "TB", "PB"];

/** Decimal bytes with three significant digits: 1234567 → "1.23 MB". */
export function formatBytes(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (Math.abs(value) >= 1000 && unit < UNITS.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${unit === 0 ? value : trimmed(value)} ${UNITS[unit] ?? ""}`;
}

/** Bits per second: 3456789 → "3.46 Mbit/s". */
export function formatBitrate(bits: number): string {
  if (bits >= 1_000_000) return `${trimmed(bits / 1_000_000)} Mbit/s`;
  return `${Math.round(bits / 1000)} kbit/s`;
}

/** A span of seconds in at most two units: 3725 → "1 h 2 min". */
export function formatDuration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const parts: [number, string][] = [
    [Math.floor(whole / 86400), "d"],
    [Math.floor((whole % 86400) / 3600), "h"],
    [Math.floor((whole % 3600) / 60), "min"],
    [whole % 60, "s"],
  ];
  const first = parts.findIndex(([value]) => value > 0);
  if (first === -1) return "0 s";
  return parts
    .slice(first, first + 2)
    .filter(([value]) => value > 0)
    .map(([value, unit]) => `${value} ${unit}`)
    .join(" ");
}

/** How long ago a time was, or "never". */
export function formatAgo(iso: string | null | undefined, now = Date.now()): string {
  if (!iso) return "never";
  const seconds = (now - Date.parse(iso)) / 1000;
  return seconds < 2 ? "just now" : `${formatDuration(seconds)} ago`;
}

const CLOCK = new Intl.DateTimeFormat(undefined, {
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
  hourCycle: "h23",
});
const DAY = new Intl.DateTimeFormat(undefined, { weekday: "short", day: "numeric", month: "short" });

/** Local time of day: "14:03:27". */
export function formatClock(ms: number): string {
  return CLOCK.format(ms);
}

/** Local day: "Sun, 22 Nov". */
export function formatDay(ms: number): string {
  return DAY.format(ms);
}

/** Local day and time. */
export function formatDateTime(ms: number): string {
  return `${formatDay(ms)} ${formatClock(ms)}`;
}

/** "camera_offline" → "Camera offline". */
export function formatCode(code: string): string {
  const words = code.replaceAll("_", " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}

function trimmed(value: number): string {
  return String(Number(value.toPrecision(3)));
}
