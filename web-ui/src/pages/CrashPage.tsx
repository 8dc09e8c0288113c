import { useRouteError } from "react-router";

import { messageOf } from "@/api/errors";
import { Button } from "@/components/ui/Button";
import { Notice } from "@/components/ui/Notice";

/** Shown in place of a page that threw. */
export function CrashPage() {
  const error = useRouteError();
  return (
    <div className="mx-auto grid max-w-lg gap-4 p-6 pt-24">
      <Notice tone="danger" title="This page stopped working">
        {messageOf(error)}
      </Notice>
      <Button onClick={() => location.reload()}>Reload</Button>
    </div>
  );
}
