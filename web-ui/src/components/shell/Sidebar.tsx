import { useQuery } from "@tanstack/react-query";
import { LogOut, Moon, Plus, Sun } from "lucide-react";
import { Link, NavLink } from "react-router";

import { camerasQuery } from "@/api/cameras";
import { useLogout } from "@/api/session";
import { Button } from "@/components/ui/Button";
import { Tooltip } from "@/components/ui/Tooltip";
import { cameraState } from "@/lib/camera-state";
import { cn } from "@/lib/cn";
import { useUi } from "@/stores/ui";

import { Logo } from "./Logo";
import { PLACES } from "./navigation";

const DOT: Record<string, string> = {
  online: "bg-ok",
  starting: "bg-accent",
  disabled: "bg-muted/50",
  unsupported: "bg-warn",
  config_error: "bg-warn",
};

/** Navigation on wide screens: places, then the cameras. */
export function Sidebar() {
  const cameras = useQuery(camerasQuery);
  const logout = useLogout();
  return (
    <aside className="hidden w-56 shrink-0 flex-col border-r bg-surface md:flex">
      <Link to="/" className="flex h-14 items-center gap-2.5 px-4 font-semibold tracking-tight">
        <Logo /> nvr
      </Link>
      <nav aria-label="Main" className="grid gap-0.5 px-2">
        {PLACES.map(({ to, label, icon: Icon }) => (
          <NavLink key={to} to={to} end={to === "/"} className={linkLook}>
            <Icon aria-hidden className="size-4" /> {label}
          </NavLink>
        ))}
      </nav>
      <div className="mt-5 flex items-center justify-between pr-2 pl-4">
        <h2 className="text-xs font-medium text-muted">Cameras</h2>
        <Tooltip text="Add camera">
          <Link
            to="/cameras/new"
            aria-label="Add camera"
            className="rounded-md p-1 text-muted hover:bg-raised hover:text-text"
          >
            <Plus className="size-4" />
          </Link>
        </Tooltip>
      </div>
      <nav aria-label="Cameras" className="mt-1 flex min-h-0 grow flex-col gap-0.5 overflow-y-auto px-2 pb-2">
        {cameras.data?.map((camera) => (
          <NavLink key={camera.id} to={`/cameras/${camera.id}`} className={linkLook}>
            <span
              aria-hidden
              className={cn("size-2 shrink-0 rounded-full", DOT[cameraState(camera)] ?? "bg-danger")}
            />
            <span className="truncate">{camera.name}</span>
          </NavLink>
        ))}
      </nav>
      <div className="flex items-center justify-between border-t p-2">
        <ThemeButton />
        <Button variant="ghost" size="sm" busy={logout.isPending} onClick={() => logout.mutate()}>
          <LogOut aria-hidden className="size-4" /> Log out
        </Button>
      </div>
    </aside>
  );
}

export function ThemeButton() {
  const { theme, setTheme } = useUi();
  const other = theme === "dark" ? "light" : "dark";
  return (
    <Button
      variant="ghost"
      size="icon"
      aria-label={`Use the ${other} theme`}
      onClick={() => setTheme(other)}
    >
      {theme === "dark" ? <Sun className="size-4" /> : <Moon className="size-4" />}
    </Button>
  );
}

function linkLook({ isActive }: { isActive: boolean }): string {
  return cn(
    "flex h-8 shrink-0 items-center gap-2.5 rounded-md px-2 text-[13px] text-muted hover:bg-raised hover:text-text",
    isActive && "bg-raised font-medium text-text",
  );
}
