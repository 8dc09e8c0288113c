import { cva, type VariantProps } from "class-variance-authority";
import { Slot } from "radix-ui";
import type { ComponentProps } from "react";

import { cn } from "@/lib/cn";

import { Spinner } from "./Spinner";

const styles = cva(
  "inline-flex shrink-0 items-center justify-center gap-2 rounded-lg font-medium whitespace-nowrap transition-colors disabled:cursor-not-allowed disabled:opacity-50",
  {
    variants: {
      variant: {
        primary: "bg-accent-strong text-on-accent hover:brightness-110",
        secondary: "border bg-surface text-text hover:bg-raised",
        ghost: "text-muted hover:bg-raised hover:text-text",
        danger: "bg-danger-strong text-white hover:brightness-110",
      },
      size: {
        sm: "h-8 px-3 text-[13px]",
        md: "h-9 px-4 text-sm",
        icon: "size-9",
      },
    },
    defaultVariants: { variant: "secondary", size: "md" },
  },
);

interface Props extends ComponentProps<"button">, VariantProps<typeof styles> {
  /** Gives the looks to the only child, e.g. a link. */
  asChild?: boolean;
  /** Shows a spinner and takes no clicks. */
  busy?: boolean;
}

export function Button({ variant, size, asChild, busy, className, children, ...props }: Props) {
  const look = cn(styles({ variant, size }), className);
  if (asChild) {
    return <Slot.Root className={look}>{children}</Slot.Root>;
  }
  return (
    <button type="button" {...props} className={look} disabled={props.disabled || busy} aria-busy={busy}>
      {busy && <Spinner />}
      {children}
    </button>
  );
}
