import { Tooltip as Radix } from "radix-ui";
import type { ReactNode } from "react";

/** Text shown on hover and focus. The child must have an accessible name of its own. */
export function Tooltip({ text, children }: { text: ReactNode; children: ReactNode }) {
  return (
    <Radix.Root>
      <Radix.Trigger asChild>{children}</Radix.Trigger>
      <Radix.Portal>
        <Radix.Content
          sideOffset={6}
          className="z-50 rounded-md border bg-raised px-2 py-1 text-xs text-text shadow-lg"
        >
          {text}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}
