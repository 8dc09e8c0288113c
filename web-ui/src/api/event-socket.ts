import type { ServerEvent } from "./events";

const TOPICS = ["camera.*", "plugin.*", "recording.*", "storage.*", "process.*", "system.*"];
const BACKOFF_MS = [500, 1000, 2000, 4000, 8000] as const;
/** The server pings every 20 s; longer silence means that the connection is dead. */
const SILENCE_MS = 45_000;

export interface EventSocketHandlers {
  onEvent: (event: ServerEvent) => void;
  /** Told of each change; `again` is true when a connection was lost in between. */
  onConnected: (again: boolean) => void;
  onLost: () => void;
  onSignedOut: () => void;
}

/** The one connection on which the server tells what changes. Dials again by itself. */
export class EventSocket {
  private socket: WebSocket | null = null;
  private attempts = 0;
  private wasConnected = false;
  private retry: ReturnType<typeof setTimeout> | null = null;
  private silence: ReturnType<typeof setTimeout> | null = null;
  private closed = false;

  constructor(
    private readonly url: string,
    private readonly handlers: EventSocketHandlers,
  ) {
    this.dial();
  }

  close(): void {
    this.closed = true;
    if (this.retry) clearTimeout(this.retry);
    if (this.silence) clearTimeout(this.silence);
    this.socket?.close();
  }

  private dial(): void {
    const socket = new WebSocket(this.url);
    this.socket = socket;
    socket.onopen = () => {
      socket.send(JSON.stringify({ type: "subscribe", topics: TOPICS, cameras: ["*"] }));
      this.attempts = 0;
      this.listen();
      if (this.closed) return;
      this.handlers.onConnected(this.wasConnected);
      this.wasConnected = true;
    };
    socket.onmessage = (message: MessageEvent<string>) => this.onMessage(message.data);
    socket.onclose = (event) => this.onClose(event.code);
  }

  private onMessage(text: string): void {
    this.listen();
    if (this.closed) return;
    const message = JSON.parse(text) as ServerEvent | { type: "ping" | "pong" | "subscribed" | "error" };
    if (message.type === "event") this.handlers.onEvent(message);
    else if (message.type === "ping") this.socket?.send(JSON.stringify({ type: "pong" }));
  }

  private onClose(code: number): void {
    if (this.silence) clearTimeout(this.silence);
    if (this.closed) return;
    if (code === 4401) {
      this.handlers.onSignedOut();
      return;
    }
    this.handlers.onLost();
    const pause = BACKOFF_MS[Math.min(this.attempts, BACKOFF_MS.length - 1)] ?? 8000;
    this.attempts += 1;
    this.retry = setTimeout(() => this.dial(), pause);
  }

  private listen(): void {
    if (this.silence) clearTimeout(this.silence);
    this.silence = setTimeout(() => this.socket?.close(), SILENCE_MS);
  }
}
