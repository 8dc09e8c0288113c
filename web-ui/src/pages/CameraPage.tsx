import { useQuery } from "@tanstack/react-query";
import { Settings } from "lucide-react";
import { useEffect } from "react";
import { Link, useParams, useSearchParams } from "react-router";

import { cameraQuery } from "@/api/cameras";
import { ApiError, messageOf } from "@/api/errors";
import type { Camera } from "@/api/types";
import { CameraStateBadge } from "@/components/cameras/CameraStateBadge";
import { HealthFacts } from "@/components/cameras/HealthFacts";
import { CameraPlayer } from "@/components/player/CameraPlayer";
import { Button } from "@/components/ui/Button";
import { Notice } from "@/components/ui/Notice";

import { NotFoundPage } from "./NotFoundPage";

/** One camera: live, past, and how it is doing. `?t=` (ISO 8601) begins in the past. */
export function CameraPage() {
  const { cameraId = "" } = useParams();
  const [search] = useSearchParams();
  const camera = useQuery(cameraQuery(cameraId));
  const at = Date.parse(search.get("t") ?? "");
  if (camera.error instanceof ApiError && camera.error.status === 404) {
    return <NotFoundPage title="No such camera" text="It may have been deleted." />;
  }
  if (!camera.data) {
    return camera.isError ? <Notice tone="danger">{messageOf(camera.error)}</Notice> : null;
  }
  return <Content key={cameraId} camera={camera.data} initial={Number.isFinite(at) ? at : null} />;
}

function Content({ camera, initial }: { camera: Camera; initial: number | null }) {
  useEffect(() => {
    document.title = `${camera.name} · nvr`;
  }, [camera.name]);
  return (
    <div className="mx-auto grid w-full max-w-7xl grid-cols-[minmax(0,1fr)] content-start gap-3 p-2 sm:p-4">
      <div className="flex flex-wrap items-center gap-3 px-1">
        <h1 className="min-w-0 truncate text-lg font-semibold tracking-tight">{camera.name}</h1>
        <CameraStateBadge camera={camera} />
        <Button asChild variant="ghost" size="sm" className="ml-auto">
          <Link to={`/cameras/${camera.id}/settings`}>
            <Settings aria-hidden className="size-4" /> Settings
          </Link>
        </Button>
      </div>
      <CameraPlayer camera={camera} initial={initial} />
      <HealthFacts camera={camera} />
    </div>
  );
}
