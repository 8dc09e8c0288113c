import { Compass } from "lucide-react";
import { Link } from "react-router";

import { Button } from "@/components/ui/Button";
import { EmptyState } from "@/components/ui/EmptyState";

interface Props {
  title?: string;
  text?: string;
}

export function NotFoundPage({ title = "Nothing here", text = "There is no page at this address." }: Props) {
  return (
    <EmptyState icon={Compass} title={title} text={text}>
      <Button asChild variant="primary">
        <Link to="/">To the live view</Link>
      </Button>
    </EmptyState>
  );
}
