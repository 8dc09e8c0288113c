import { type ReactNode, useEffect } from "react";

import { Logo } from "./Logo";

interface Props {
  title: string;
  text: string;
  children: ReactNode;
}

/** Frame of the pages before the login. */
export function EntryCard({ title, text, children }: Props) {
  useEffect(() => {
    document.title = `${title} · nvr`;
  }, [title]);
  return (
    <main className="grid min-h-dvh place-items-center p-4">
      <div className="grid w-full max-w-sm gap-6 rounded-2xl border bg-surface p-6 shadow-xl sm:p-8">
        <div className="grid gap-3">
          <Logo className="size-10" />
          <div>
            <h1 className="text-xl font-semibold tracking-tight">{title}</h1>
            <p className="mt-1 text-sm text-muted">{text}</p>
          </div>
        </div>
        {children}
      </div>
    </main>
  );
}
