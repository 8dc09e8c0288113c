import { useQuery } from "@tanstack/react-query";
import { Plus, Video } from "lucide-react";
import { Link } from "react-router";

import { camerasQuery } from "@/api/cameras";
import { messageOf } from "@/api/errors";
import { FirstCamera } from "@/components/cameras/FirstCamera";
import { LiveTile } from "@/components/player/LiveTile";
import { Button } from "@/components/ui/Button";
import { EmptyState } from "@/components/ui/EmptyState";
import { Notice } from "@/components/ui/Notice";
import { Page } from "@/components/ui/Page";
import { cameraState } from "@/lib/camera-state";
import { cn } from "@/lib/cn";
import { useUi } from "@/stores/ui";

const COLUMNS: Record<number, string> = {
  0: "grid-cols-[repeat(auto-fill,minmax(min(100%,22rem),1fr))]",
  1: "grid-cols-1",
  2: "grid-cols-2",
  3: "grid-cols-2 lg:grid-cols-3",
  4: "grid-cols-2 lg:grid-cols-4",
};

/** All cameras, live. */
export function DashboardPage() {
  const cameras = useQuery(camerasQuery);
  const { columns, setColumns } = useUi();
  const all = cameras.data ?? [];
  const online = all.filter((camera) => cameraState(camera) === "online").length;

  if (cameras.isSuccess && all.length === 0) {
    return (
      <Page title="Live">
        <EmptyState
          icon={Video}
          title="Add your first camera"
          text="Once it is here you see it live, and everything it sees is recorded."
        >
          <FirstCamera />
        </EmptyState>
      </Page>
    );
  }
  return (
    <Page
      title="Live"
      description={cameras.isSuccess && `${online} of ${all.length} online`}
      actions={
        <>
          <label className="sr-only" htmlFor="columns">
            Columns
          </label>
          <select
            id="columns"
            value={columns}
            onChange={(event) => setColumns(Number(event.target.value))}
            className="hidden h-9 rounded-lg border bg-surface px-2 text-sm sm:block"
          >
            <option value={0}>Auto</option>
            {[1, 2, 3, 4].map((count) => (
              <option key={count} value={count}>
                {count === 1 ? "1 column" : `${count} columns`}
              </option>
            ))}
          </select>
          <Button asChild variant="primary">
            <Link to="/cameras/new">
              <Plus aria-hidden className="size-4" /> Add camera
            </Link>
          </Button>
        </>
      }
    >
      {cameras.isError && <Notice tone="danger">{messageOf(cameras.error)}</Notice>}
      <div data-testid="live-grid" className={cn("grid gap-3", COLUMNS[columns] ?? COLUMNS[0])}>
        {cameras.isPending &&
          [0, 1, 2].map((i) => (
            <div key={i} aria-hidden className="aspect-video animate-pulse rounded-card bg-raised" />
          ))}
        {all.map((camera) => (
          <LiveTile key={camera.id} camera={camera} />
        ))}
      </div>
    </Page>
  );
}
