import type { Camera } from "@/api/types";
import { Badge } from "@/components/ui/Badge";
import { cameraState, stateLook } from "@/lib/camera-state";

export function CameraStateBadge({ camera }: { camera: Camera }) {
  const state = cameraState(camera);
  const { label, tone } = stateLook(state);
  return (
    <Badge tone={tone} dot data-testid="camera-state" data-state={state}>
      {label}
    </Badge>
  );
}
