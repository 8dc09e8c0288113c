import { useQuery } from "@tanstack/react-query";
import { Sparkles } from "lucide-react";
import type { ComponentProps } from "react";
import { useNavigate } from "react-router";
import { toast } from "sonner";

import { camerasQuery, useCreateCamera } from "@/api/cameras";
import { messageOf } from "@/api/errors";
import type { CameraSource } from "@/api/types";
import { Button } from "@/components/ui/Button";

import { defaultsOf } from "./sources";

interface Props {
  source: CameraSource;
  label: string;
  variant?: ComponentProps<typeof Button>["variant"];
  /** Page to show after it; the new camera's own when absent. */
  navigateTo?: string;
}

/** Adds a camera of a source that needs no answers, with one click. */
export function AddWithDefaults({ source, label, variant = "secondary", navigateTo }: Props) {
  const create = useCreateCamera();
  const navigate = useNavigate();
  const cameras = useQuery(camerasQuery);

  const add = async (): Promise<void> => {
    try {
      const camera = await create.mutateAsync({
        name: freeName(source.title, cameras.data?.map((item) => item.name) ?? []),
        plugin: source.plugin,
        source: source.source,
        config: defaultsOf(source),
      });
      toast.success(`${camera.name} added`);
      await navigate(navigateTo ?? `/cameras/${camera.id}`);
    } catch (error) {
      toast.error(messageOf(error));
    }
  };

  return (
    <Button variant={variant} busy={create.isPending} onClick={() => void add()} data-testid="add-with-defaults">
      <Sparkles aria-hidden className="size-4" /> {label}
    </Button>
  );
}

/** "Name", or "Name 2" and so on where it is taken. */
export function freeName(name: string, taken: readonly string[]): string {
  if (!taken.includes(name)) return name;
  for (let n = 2; ; n += 1) if (!taken.includes(`${name} ${n}`)) return `${name} ${n}`;
}
