import { create } from "zustand";

interface ConnectionState {
  /** True while the events socket is open, or has never been needed. */
  connected: boolean;
  setConnected: (connected: boolean) => void;
}

/** Whether the server is heard from. */
export const useConnection = create<ConnectionState>((set) => ({
  connected: true,
  setConnected: (connected) => set({ connected }),
}));
