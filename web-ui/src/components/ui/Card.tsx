import type { ComponentProps, ReactNode } from "react";

import { cn } from "@/lib/cn";

export function Card({ className, ...props }: ComponentProps<"section">) {
  return <section {...props} className={cn("rounded-card border bg-surface", className)} />;
}

interface HeaderProps {
  title: string;
  description?: ReactNode;
  children?: ReactNode;
}

/** Title row of a card; `children` are its actions. */
export function CardHeader({ title, description, children }: HeaderProps) {
  return (
    <header className="flex flex-wrap items-center justify-between gap-3 border-b px-4 py-3">
      <div className="min-w-0">
        <h2 className="text-sm font-semibold">{title}</h2>
        {description && <p className="text-xs text-muted">{description}</p>}
      </div>
      {children}
    </header>
  );
}
