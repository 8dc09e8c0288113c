import { Switch as Radix } from "radix-ui";
import type { ComponentProps } from "react";

export function Switch(props: ComponentProps<typeof Radix.Root>) {
  return (
    <Radix.Root
      {...props}
      className="relative h-5 w-9 shrink-0 rounded-full border border-muted/40 bg-raised transition-colors data-[state=checked]:border-accent-strong data-[state=checked]:bg-accent-strong disabled:opacity-50"
    >
      <Radix.Thumb className="block size-3.5 translate-x-0.5 rounded-full bg-muted transition-transform data-[state=checked]:translate-x-[1.125rem] data-[state=checked]:bg-white" />
    </Radix.Root>
  );
}
