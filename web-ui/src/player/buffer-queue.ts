/** Seconds of past media that stay buffered behind the playhead. */
const KEEP_BEHIND_S = 12;
const KEEP_BEHIND_FULL_S = 2;

type Job =
  | { kind: "append"; data: BufferSource; offset: number | null }
  | { kind: "remove"; start: number; end: number }
  | { kind: "type"; mime: string };

interface Entry {
  job: Job;
  done: () => void;
  failed: (error: unknown) => void;
}

/**
 * Runs operations on one SourceBuffer in order, each after the one before has finished.
 *
 * A full buffer (QuotaExceededError) drops what lies behind the playhead and tries once more; if
 * that does not help, the append's promise is rejected with the error.
 */
export class BufferQueue {
  private readonly waiting: Entry[] = [];
  private running: Entry | null = null;
  private closed = false;

  constructor(
    private readonly buffer: SourceBuffer,
    private readonly playhead: () => number,
  ) {
    buffer.addEventListener("updateend", this.onUpdateEnd);
    buffer.addEventListener("error", this.onError);
  }

  /** Number of operations that have not finished. */
  get pending(): number {
    return this.waiting.length + (this.running ? 1 : 0);
  }

  /** Appends data; `offset` is the timestampOffset that holds from here on, null to keep it. */
  append(data: BufferSource, offset: number | null = null): Promise<void> {
    return this.enqueue({ kind: "append", data, offset });
  }

  /** Removes a range of seconds. */
  remove(start: number, end: number): Promise<void> {
    return this.enqueue({ kind: "remove", start, end });
  }

  /** Switches to another codec. */
  changeType(mime: string): Promise<void> {
    return this.enqueue({ kind: "type", mime });
  }

  /** Drops everything more than `keep` seconds behind the playhead, if that is worth it. */
  evict(keep = KEEP_BEHIND_S): void {
    const end = this.playhead() - keep;
    const start = this.bufferedStart();
    if (this.closed || start === null || end - start < keep / 2) return;
    this.remove(start, end).catch(() => undefined);
  }

  /** Detaches from the SourceBuffer; unfinished operations are rejected. */
  close(): void {
    this.closed = true;
    this.buffer.removeEventListener("updateend", this.onUpdateEnd);
    this.buffer.removeEventListener("error", this.onError);
    const error = new DOMException("closed", "AbortError");
    for (const entry of this.waiting.splice(0)) entry.failed(error);
    this.running?.failed(error);
    this.running = null;
  }

  private enqueue(job: Job): Promise<void> {
    if (this.closed) return Promise.reject(new DOMException("closed", "AbortError"));
    return new Promise((done, failed) => {
      this.waiting.push({ job, done, failed });
      this.next();
    });
  }

  private next(): void {
    while (!this.running && !this.closed) {
      const entry = this.waiting.shift();
      if (!entry) return;
      this.running = entry;
      this.run(entry, true);
    }
  }

  private run(entry: Entry, mayEvict: boolean): void {
    try {
      this.start(entry.job);
    } catch (error) {
      if (mayEvict && isQuotaExceeded(error) && this.makeRoom(entry)) return;
      this.running = null;
      entry.failed(error);
      return;
    }
    if (!this.buffer.updating) {
      this.running = null;
      entry.done();
    }
  }

  private start(job: Job): void {
    if (job.kind === "append") {
      if (job.offset !== null) this.buffer.timestampOffset = job.offset;
      this.buffer.appendBuffer(job.data);
    } else if (job.kind === "remove") {
      if (job.end > job.start) this.buffer.remove(job.start, job.end);
    } else {
      this.buffer.changeType(job.mime);
    }
  }

  /** Starts dropping old media and puts the append back behind it. */
  private makeRoom(entry: Entry): boolean {
    const start = this.bufferedStart();
    const end = this.playhead() - KEEP_BEHIND_FULL_S;
    if (start === null || end <= start) return false;
    this.buffer.remove(start, end);
    this.running = {
      job: { kind: "remove", start, end },
      done: () => {
        this.running = entry;
        this.run(entry, false);
      },
      failed: entry.failed,
    };
    return true;
  }

  private bufferedStart(): number | null {
    return this.buffer.buffered.length > 0 ? this.buffer.buffered.start(0) : null;
  }

  private readonly onUpdateEnd = (): void => {
    const entry = this.running;
    this.running = null;
    entry?.done();
    this.next();
  };

  private readonly onError = (): void => {
    const entry = this.running;
    this.running = null;
    entry?.failed(new DOMException("The media could not be appended", "EncodingError"));
  };
}

function isQuotaExceeded(error: unknown): boolean {
  return (error as { name?: unknown } | null)?.name === "QuotaExceededError";
}
