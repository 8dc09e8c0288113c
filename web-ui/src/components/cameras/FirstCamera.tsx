import { useQuery } from "@tanstack/react-query";
import { Plus } from "lucide-react";
import { Link } from "react-router";

import { sourcesQuery } from "@/api/cameras";
import { Button } from "@/components/ui/Button";

import { AddWithDefaults } from "./AddWithDefaults";
import { needsNothing } from "./sources";

/** Ways to a first camera: at once from sources that need no answers, or by address. */
export function FirstCamera() {
  const sources = useQuery(sourcesQuery);
  const ready = sources.data?.filter((source) => source.available && needsNothing(source)) ?? [];
  return (
    <div className="flex flex-wrap justify-center gap-3">
      {ready.map((source) => (
        <AddWithDefaults
          key={`${source.plugin}/${source.source}`}
          source={source}
          label={`Add ${lowerFirst(source.title)}`}
          variant="primary"
          navigateTo="/"
        />
      ))}
      <Button asChild variant={ready.length > 0 ? "secondary" : "primary"}>
        <Link to="/cameras/new">
          <Plus aria-hidden className="size-4" /> Add by address
        </Link>
      </Button>
    </div>
  );
}

/** "Demo camera" → "demo camera", but "RTSP camera" stays. */
function lowerFirst(text: string): string {
  const second = text.charAt(1);
  return second === second.toLowerCase() ? text.charAt(0).toLowerCase() + text.slice(1) : text;
}
