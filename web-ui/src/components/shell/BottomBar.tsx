import { NavLink } from "react-router";

import { cn } from "@/lib/cn";

import { PLACES } from "./navigation";

/** Navigation on narrow screens. */
export function BottomBar() {
  return (
    <nav aria-label="Main" className="flex border-t bg-surface pb-[env(safe-area-inset-bottom)] md:hidden">
      {PLACES.map(({ to, label, icon: Icon }) => (
        <NavLink
          key={to}
          to={to}
          end={to === "/"}
          className={({ isActive }) =>
            cn(
              "flex h-14 flex-1 flex-col items-center justify-center gap-0.5 text-[11px]",
              isActive ? "text-accent" : "text-muted",
            )
          }
        >
          <Icon aria-hidden className="size-5" />
          {label}
        </NavLink>
      ))}
    </nav>
  );
}
