import { type ComponentProps, lazy, Suspense } from "react";

const Loaded = lazy(async () => ({ default: (await import("./SchemaForm")).SchemaForm }));

/** `SchemaForm`, fetched when it is first shown: no other page needs its weight. */
export function LazySchemaForm(props: ComponentProps<typeof Loaded>) {
  return (
    <Suspense fallback={<div aria-busy className="h-48 animate-pulse rounded-lg bg-raised" />}>
      <Loaded {...props} />
    </Suspense>
  );
}
