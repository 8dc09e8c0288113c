/** Writes the time of the frame on screen where tests and tools can read it, as ISO 8601. */
export function showWallClock(video: HTMLVideoElement | null, ms: number): void {
  if (video && Number.isFinite(ms)) video.dataset.wallclock = new Date(ms).toISOString();
}
