import { create } from "zustand";

export type Theme = "dark" | "light";

const THEME_KEY = "nvr.theme";
const COLUMNS_KEY = "nvr.columns";
const MUTED_KEY = "nvr.muted";

interface UiState {
  theme: Theme;
  /** Columns of the live grid; 0 chooses by the width. */
  columns: number;
  muted: boolean;
  setTheme: (theme: Theme) => void;
  setColumns: (columns: number) => void;
  setMuted: (muted: boolean) => void;
}

/** What this browser remembers of how things look. */
export const useUi = create<UiState>((set) => ({
  theme: read(THEME_KEY) === "light" ? "light" : "dark",
  columns: Number(read(COLUMNS_KEY) ?? 0),
  muted: read(MUTED_KEY) !== "false",
  setTheme: (theme) => {
    write(THEME_KEY, theme);
    showTheme(theme);
    set({ theme });
  },
  setColumns: (columns) => {
    write(COLUMNS_KEY, String(columns));
    set({ columns });
  },
  setMuted: (muted) => {
    write(MUTED_KEY, String(muted));
    set({ muted });
  },
}));

/** Puts a theme on the page. */
export function showTheme(theme: Theme): void {
  document.documentElement.classList.toggle("dark", theme === "dark");
}

function read(key: string): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

function write(key: string, value: string): void {
  try {
    localStorage.setItem(key, value);
  } catch {
    // Private windows may refuse storage; the choice then holds until the page is closed.
  }
}
