/**
 * Calls back with the media time of each frame as it is shown.
 *
 * Browsers without requestVideoFrameCallback get the current time four times a second or more.
 * Returns a function that stops it.
 */
export function watchFrames(video: HTMLVideoElement, seen: (mediaTime: number) => void): () => void {
  if (typeof video.requestVideoFrameCallback !== "function") {
    const onTime = (): void => seen(video.currentTime);
    video.addEventListener("timeupdate", onTime);
    return () => video.removeEventListener("timeupdate", onTime);
  }
  let handle = 0;
  const onFrame: VideoFrameRequestCallback = (_now, frame) => {
    seen(frame.mediaTime);
    handle = video.requestVideoFrameCallback(onFrame);
  };
  handle = video.requestVideoFrameCallback(onFrame);
  return () => video.cancelVideoFrameCallback(handle);
}
