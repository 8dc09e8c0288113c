/**
 * Begins to play; without sound where the browser refuses it before the first click.
 *
 * Says "refused" when even that is not allowed, and "called-off" when something (a pause, another
 * source) came between, which must not start it again.
 */
export async function startVideo(video: HTMLVideoElement): Promise<"playing" | "refused" | "called-off"> {
  try {
    await video.play();
    return "playing";
  } catch (error) {
    if ((error as { name?: unknown }).name !== "NotAllowedError") return "called-off";
  }
  if (video.muted) return "refused";
  video.muted = true;
  return startVideo(video);
}
