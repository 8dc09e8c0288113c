import { Trash2 } from "lucide-react";
import { useState } from "react";
import { useNavigate } from "react-router";
import { toast } from "sonner";

import { useDeleteCamera } from "@/api/cameras";
import { messageOf } from "@/api/errors";
import type { Camera } from "@/api/types";
import { Button } from "@/components/ui/Button";
import { Dialog } from "@/components/ui/Dialog";

/** Removes a camera after asking, with or without its recordings. */
export function DeleteCamera({ camera }: { camera: Camera }) {
  const [open, setOpen] = useState(false);
  const [keep, setKeep] = useState(false);
  const remove = useDeleteCamera(camera.id);
  const navigate = useNavigate();

  const confirm = (): void =>
    remove.mutate(keep ? "keep" : "delete", {
      onSuccess: () => {
        toast.success(`${camera.name} deleted`);
        void navigate("/");
      },
      onError: (error) => toast.error(messageOf(error)),
    });

  return (
    <>
      <Button variant="danger" onClick={() => setOpen(true)}>
        <Trash2 aria-hidden className="size-4" /> Delete camera
      </Button>
      <Dialog
        open={open}
        onOpenChange={setOpen}
        title={`Delete ${camera.name}?`}
        description="It stops recording at once. This cannot be undone."
      >
        <label className="flex items-center gap-2.5 text-sm">
          <input
            type="checkbox"
            checked={keep}
            onChange={(event) => setKeep(event.target.checked)}
            className="size-4 accent-accent-strong"
          />
          Keep its recordings on the disk
        </label>
        <div className="flex justify-end gap-2">
          <Button onClick={() => setOpen(false)}>Cancel</Button>
          <Button variant="danger" busy={remove.isPending} onClick={confirm}>
            Delete
          </Button>
        </div>
      </Dialog>
    </>
  );
}
