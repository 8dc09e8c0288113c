import { useQuery } from "@tanstack/react-query";
import { ChevronLeft } from "lucide-react";
import { useState } from "react";
import { Link, useParams } from "react-router";
import { toast } from "sonner";

import { cameraQuery, sourcesQuery, useUpdateCamera } from "@/api/cameras";
import { ApiError, messageOf } from "@/api/errors";
import type { Camera, StreamName } from "@/api/types";
import { CameraForm } from "@/components/cameras/CameraForm";
import { CameraStateBadge } from "@/components/cameras/CameraStateBadge";
import { DeleteCamera } from "@/components/cameras/DeleteCamera";
import { RecordedStreams } from "@/components/cameras/RecordedStreams";
import { Button } from "@/components/ui/Button";
import { Card, CardHeader } from "@/components/ui/Card";
import { Notice } from "@/components/ui/Notice";
import { Page } from "@/components/ui/Page";
import { Switch } from "@/components/ui/Switch";

import { NotFoundPage } from "./NotFoundPage";

/** Everything about a camera that can be changed. */
export function CameraSettingsPage() {
  const { cameraId = "" } = useParams();
  const camera = useQuery(cameraQuery(cameraId));
  if (camera.error instanceof ApiError && camera.error.status === 404) {
    return <NotFoundPage title="No such camera" text="It may have been deleted." />;
  }
  if (camera.isError) return <Notice tone="danger">{messageOf(camera.error)}</Notice>;
  return camera.data ? <Settings key={cameraId} camera={camera.data} /> : null;
}

function Settings({ camera }: { camera: Camera }) {
  const sources = useQuery(sourcesQuery);
  const update = useUpdateCamera(camera.id);
  const toggle = useUpdateCamera(camera.id);
  const [recorded, setRecorded] = useState<StreamName[]>([...camera.recorded_streams]);
  const source = sources.data?.find(
    (item) => item.plugin === camera.plugin && item.source === camera.source,
  );
  return (
    <Page
      title={camera.name}
      description={`Settings · ${source?.title ?? camera.source}`}
      actions={
        <Button asChild>
          <Link to={`/cameras/${camera.id}`}>
            <ChevronLeft aria-hidden className="size-4" /> Back to the picture
          </Link>
        </Button>
      }
    >
      <div className="grid max-w-2xl gap-5">
        <Card>
          <CardHeader title="Enabled" description="A disabled camera is neither shown nor recorded.">
            <div className="flex items-center gap-3">
              <CameraStateBadge camera={camera} />
              <Switch
                aria-label="Enabled"
                checked={camera.enabled}
                disabled={toggle.isPending}
                onCheckedChange={(enabled) =>
                  toggle.mutate({ enabled }, { onError: (error) => toast.error(messageOf(error)) })
                }
              />
            </div>
          </CardHeader>
        </Card>
        <Card>
          <CardHeader title="Connection" />
          {source ? (
            <CameraForm
              // A save brings back what is stored now, secrets masked.
              key={camera.updated_at}
              source={source}
              cameraId={camera.id}
              initial={{ name: camera.name, config: camera.config }}
              saving={update.isPending}
              error={update.error}
              saveLabel="Save"
              onSave={(name, config) =>
                update.mutate(
                  { name, config, recorded_streams: recorded },
                  { onSuccess: () => toast.success("Saved") },
                )
              }
            >
              <RecordedStreams camera={camera} value={recorded} onChange={setRecorded} />
            </CameraForm>
          ) : (
            sources.isSuccess && (
              <Notice tone="warn" className="m-4" title="The source of this camera is missing">
                The plugin {camera.plugin} is not installed, so its settings cannot be shown.
              </Notice>
            )
          )}
        </Card>
        <Card>
          <CardHeader title="Delete" description="Removes the camera and, if you wish, its recordings.">
            <DeleteCamera camera={camera} />
          </CardHeader>
        </Card>
      </div>
    </Page>
  );
}
