import { useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";

import { EventSocket } from "@/api/event-socket";
import { applyEvent } from "@/api/events";
import { accessQuery } from "@/api/session";
import { useConnection } from "@/stores/connection";

/** A hiccup shorter than this is not worth a banner. */
const PATIENCE_MS = 1500;

/** Keeps the cached answers fresh by the server's events, for as long as the component lives. */
export function useServerEvents(): void {
  const queries = useQueryClient();
  const setConnected = useConnection((connection) => connection.setConnected);

  useEffect(() => {
    let late: ReturnType<typeof setTimeout> | null = null;
    const settle = (): void => {
      if (late) clearTimeout(late);
      late = null;
    };
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    const socket = new EventSocket(`${scheme}://${location.host}/ws`, {
      onEvent: (event) => applyEvent(queries, event),
      onConnected: (again) => {
        settle();
        setConnected(true);
        // What happened while nobody listened is unknown.
        if (again) void queries.invalidateQueries();
      },
      onLost: () => {
        late ??= setTimeout(() => setConnected(false), PATIENCE_MS);
        // A refused login looks like any failed dial: asking says which it is.
        void queries.invalidateQueries({ queryKey: ["system"] });
      },
      onSignedOut: () => queries.setQueryData(accessQuery.queryKey, { step: "login" }),
    });
    return () => {
      settle();
      socket.close();
      setConnected(true);
    };
  }, [queries, setConnected]);
}
