import { CircleUser, LayoutGrid, type LucideIcon, Puzzle, Server } from "lucide-react";

export interface Place {
  to: string;
  label: string;
  icon: LucideIcon;
}

export const PLACES: readonly Place[] = [
  { to: "/", label: "Live", icon: LayoutGrid },
  { to: "/plugins", label: "Plugins", icon: Puzzle },
  { to: "/system", label: "System", icon: Server },
  { to: "/account", label: "Account", icon: CircleUser },
];
