import { Suspense } from "react";
import { Outlet } from "react-router";

import { useServerEvents } from "@/lib/use-server-events";

import { Banners } from "./Banners";
import { BottomBar } from "./BottomBar";
import { Sidebar } from "./Sidebar";

/** Frame of every page after the login. */
export function Shell() {
  useServerEvents();
  return (
    <div className="flex h-dvh">
      <a
        href="#main"
        className="sr-only focus:not-sr-only focus:absolute focus:z-50 focus:m-2 focus:rounded-md focus:bg-raised focus:p-2"
      >
        Skip to content
      </a>
      <Sidebar />
      <div className="flex min-w-0 grow flex-col">
        <Banners />
        <main id="main" tabIndex={-1} className="min-h-0 grow overflow-y-auto outline-none">
          <Suspense>
            <Outlet />
          </Suspense>
        </main>
        <BottomBar />
      </div>
    </div>
  );
}
