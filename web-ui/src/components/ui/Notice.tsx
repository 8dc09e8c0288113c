import { CircleAlert, Info, TriangleAlert } from "lucide-react";
import type { ReactNode } from "react";

import { cn } from "@/lib/cn";

const LOOK = {
  info: { icon: Info, box: "border-accent/30 bg-accent/10", ink: "text-accent" },
  warn: { icon: TriangleAlert, box: "border-warn/30 bg-warn/10", ink: "text-warn" },
  danger: { icon: CircleAlert, box: "border-danger/30 bg-danger/10", ink: "text-danger" },
} as const;

interface Props {
  tone?: keyof typeof LOOK;
  title?: string;
  children?: ReactNode;
  className?: string;
  "data-testid"?: string;
}

/** A message in the page; `danger` is read out at once. */
export function Notice({ tone = "info", title, children, className, ...rest }: Props) {
  const { icon: Icon, box, ink } = LOOK[tone];
  return (
    <div
      role={tone === "danger" ? "alert" : "status"}
      className={cn("flex items-start gap-3 rounded-lg border px-3 py-2.5 text-sm", box, className)}
      {...rest}
    >
      <Icon aria-hidden className={cn("mt-0.5 size-4 shrink-0", ink)} />
      <div className="min-w-0 grow break-words">
        {title && <p className="font-medium">{title}</p>}
        {children && <div className={cn(title && "text-muted")}>{children}</div>}
      </div>
    </div>
  );
}
