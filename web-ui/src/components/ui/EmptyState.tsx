import type { LucideIcon } from "lucide-react";
import type { ReactNode } from "react";

interface Props {
  icon: LucideIcon;
  title: string;
  text: string;
  children?: ReactNode;
}

/** What a page shows when it has nothing yet: what is missing, and the way on. */
export function EmptyState({ icon: Icon, title, text, children }: Props) {
  return (
    <div className="grid justify-items-center gap-4 px-4 py-16 text-center">
      <span className="grid size-14 place-items-center rounded-2xl border bg-raised text-accent">
        <Icon aria-hidden className="size-7" />
      </span>
      <div className="grid max-w-md gap-1">
        <h2 className="text-lg font-semibold">{title}</h2>
        <p className="text-muted">{text}</p>
      </div>
      {children}
    </div>
  );
}
