import { useQuery } from "@tanstack/react-query";
import { ChevronLeft, Video } from "lucide-react";
import { useState } from "react";
import { useNavigate } from "react-router";
import { toast } from "sonner";

import { sourcesQuery, useCreateCamera } from "@/api/cameras";
import { messageOf } from "@/api/errors";
import type { CameraSource } from "@/api/types";
import { AddWithDefaults } from "@/components/cameras/AddWithDefaults";
import { CameraForm } from "@/components/cameras/CameraForm";
import { defaultsOf, needsNothing } from "@/components/cameras/sources";
import { Badge } from "@/components/ui/Badge";
import { Button } from "@/components/ui/Button";
import { Card, CardHeader } from "@/components/ui/Card";
import { Notice } from "@/components/ui/Notice";
import { Page } from "@/components/ui/Page";

/** Choose where a camera comes from, fill in its form, test, save. */
export function AddCameraPage() {
  const sources = useQuery(sourcesQuery);
  const [chosen, setChosen] = useState<CameraSource | null>(null);
  return (
    <Page
      title="Add camera"
      description={chosen ? undefined : "Choose how it is reached."}
      actions={
        chosen && (
          <Button variant="ghost" onClick={() => setChosen(null)}>
            <ChevronLeft aria-hidden className="size-4" /> Other sources
          </Button>
        )
      }
    >
      {sources.isError && <Notice tone="danger">{messageOf(sources.error)}</Notice>}
      {chosen ? (
        <NewCamera source={chosen} />
      ) : (
        <ul className="grid gap-3 sm:grid-cols-2 lg:grid-cols-3">
          {sources.data?.map((source) => (
            <li key={`${source.plugin}/${source.source}`}>
              <SourceCard source={source} onChoose={() => setChosen(source)} />
            </li>
          ))}
        </ul>
      )}
    </Page>
  );
}

interface SourceCardProps {
  source: CameraSource;
  onChoose: () => void;
}

function SourceCard({ source, onChoose }: SourceCardProps) {
  return (
    <Card
      className="flex h-full flex-col gap-3 p-4"
      data-testid="source-card"
      data-source={`${source.plugin}/${source.source}`}
    >
      <div className="flex items-start justify-between gap-2">
        <span className="grid size-9 place-items-center rounded-lg bg-raised text-accent">
          <Video aria-hidden className="size-5" />
        </span>
        {!source.available && <Badge tone="warn">Not available</Badge>}
      </div>
      <div className="grow">
        <h2 className="font-semibold">{source.title}</h2>
        <p className="text-[13px] text-muted">{source.description}</p>
        {!source.available && <p className="mt-1 text-[13px] text-warn">{source.reason}</p>}
      </div>
      <div className="flex flex-wrap gap-2">
        <Button
          variant={needsNothing(source) ? "secondary" : "primary"}
          disabled={!source.available}
          onClick={onChoose}
          aria-label={`Set up ${source.title}`}
        >
          Set up
        </Button>
        {source.available && needsNothing(source) && (
          <AddWithDefaults source={source} label="Add with defaults" variant="primary" />
        )}
      </div>
    </Card>
  );
}

function NewCamera({ source }: { source: CameraSource }) {
  const create = useCreateCamera();
  const navigate = useNavigate();
  return (
    <Card className="max-w-2xl">
      <CardHeader title={source.title} description={source.description} />
      <CameraForm
        source={source}
        initial={{ name: "", config: defaultsOf(source) }}
        saving={create.isPending}
        error={create.error}
        saveLabel="Save"
        onSave={(name, config) =>
          create.mutate(
            { name, plugin: source.plugin, source: source.source, config },
            {
              onSuccess: (camera) => {
                toast.success(`${camera.name} added`);
                void navigate(`/cameras/${camera.id}`);
              },
            },
          )
        }
      />
    </Card>
  );
}
