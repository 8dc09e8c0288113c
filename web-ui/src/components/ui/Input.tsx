import type { ComponentProps } from "react";

import { cn } from "@/lib/cn";

export const fieldLook =
  "w-full rounded-lg border bg-surface px-3 text-sm text-text placeholder:text-muted/70 transition-colors hover:border-muted/50 focus-visible:outline-2 focus-visible:outline-offset-0 aria-invalid:border-danger disabled:opacity-60 dark:bg-ground";

export function Input({ className, ...props }: ComponentProps<"input">) {
  return <input {...props} className={cn(fieldLook, "h-9", className)} />;
}
