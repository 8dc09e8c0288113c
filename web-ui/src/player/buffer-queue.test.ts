import { describe, expect, it } from "vitest";

import { BufferQueue } from "./buffer-queue";

/** Behaves as the specification says of SourceBuffer: one operation at a time, updateend later. */
class FakeBuffer extends EventTarget {
  updating = false;
  offsets: number[] = [];
  log: string[] = [];
  full = false;
  range: [number, number] | null = null;

  set timestampOffset(value: number) {
    if (this.updating) throw new DOMException("busy", "InvalidStateError");
    this.offsets.push(value);
  }

  get buffered(): TimeRanges {
    const range = this.range;
    return {
      length: range ? 1 : 0,
      start: () => range?.[0] ?? 0,
      end: () => range?.[1] ?? 0,
    };
  }

  appendBuffer(data: ArrayBuffer): void {
    if (this.full) throw new DOMException("full", "QuotaExceededError");
    this.begin(`append ${data.byteLength}`);
  }

  remove(start: number, end: number): void {
    this.full = false;
    this.begin(`remove ${start}-${end}`);
  }

  private begin(what: string): void {
    if (this.updating) throw new DOMException("busy", "InvalidStateError");
    this.updating = true;
    this.log.push(what);
    queueMicrotask(() => {
      this.updating = false;
      this.dispatchEvent(new Event("updateend"));
    });
  }
}

function make(playhead = 0): [FakeBuffer, BufferQueue] {
  const buffer = new FakeBuffer();
  return [buffer, new BufferQueue(buffer as unknown as SourceBuffer, () => playhead)];
}

describe("BufferQueue", () => {
  it("runs operations one after the other, in order", async () => {
    const [buffer, queue] = make();
    const first = queue.append(new ArrayBuffer(1), 5);
    const second = queue.append(new ArrayBuffer(2));
    const third = queue.remove(0, 1);
    expect(queue.pending).toBe(3);
    await Promise.all([first, second, third]);
    expect(buffer.log).toEqual(["append 1", "append 2", "remove 0-1"]);
    expect(buffer.offsets).toEqual([5]);
    expect(queue.pending).toBe(0);
  });

  it("drops the past and tries again when the buffer is full", async () => {
    const [buffer, queue] = make(30);
    buffer.range = [0, 40];
    buffer.full = true;
    await queue.append(new ArrayBuffer(3));
    await queue.append(new ArrayBuffer(4));
    expect(buffer.log).toEqual(["remove 0-28", "append 3", "append 4"]);
  });

  it("rejects an append that cannot be made room for, and goes on", async () => {
    const [buffer, queue] = make(1);
    buffer.range = [0, 40];
    buffer.full = true;
    await expect(queue.append(new ArrayBuffer(3))).rejects.toThrow("full");
    buffer.full = false;
    await queue.append(new ArrayBuffer(4));
    expect(buffer.log).toEqual(["append 4"]);
  });

  it("rejects what was waiting when it is closed", async () => {
    const [, queue] = make();
    const first = queue.append(new ArrayBuffer(1));
    const second = queue.append(new ArrayBuffer(2));
    queue.close();
    await expect(first).rejects.toThrow("closed");
    await expect(second).rejects.toThrow("closed");
    await expect(queue.append(new ArrayBuffer(1))).rejects.toThrow("closed");
  });

  it("evicts only when enough lies behind", async () => {
    const [buffer, queue] = make(15);
    buffer.range = [0, 20];
    queue.evict(12);
    expect(buffer.log).toEqual([]);
    const [late, lateQueue] = make(60);
    late.range = [0, 62];
    lateQueue.evict(12);
    await Promise.resolve();
    expect(late.log).toEqual(["remove 0-48"]);
  });
});
