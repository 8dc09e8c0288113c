import { cva, type VariantProps } from "class-variance-authority";
import type { ReactNode } from "react";

const styles = cva(
  "inline-flex items-center gap-1.5 rounded-md border px-1.5 py-0.5 text-xs font-medium whitespace-nowrap",
  {
    variants: {
      tone: {
        neutral: "bg-raised text-muted",
        ok: "border-ok/30 bg-ok/10 text-ok",
        warn: "border-warn/30 bg-warn/10 text-warn",
        danger: "border-danger/30 bg-danger/10 text-danger",
        accent: "border-accent/30 bg-accent/10 text-accent",
      },
    },
    defaultVariants: { tone: "neutral" },
  },
);

export type Tone = NonNullable<VariantProps<typeof styles>["tone"]>;

interface Props {
  tone?: Tone;
  /** Shows a dot before the text. */
  dot?: boolean;
  children: ReactNode;
  "data-testid"?: string;
  "data-state"?: string;
}

export function Badge({ tone = "neutral", dot, children, ...rest }: Props) {
  return (
    <span className={styles({ tone })} {...rest}>
      {dot && <span aria-hidden className="size-1.5 rounded-full bg-current" />}
      {children}
    </span>
  );
}
