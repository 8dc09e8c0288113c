import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { Navigate, Outlet, useLocation } from "react-router";

import { onSignedOut } from "@/api/client";
import { messageOf } from "@/api/errors";
import { accessQuery } from "@/api/session";
import { Button } from "@/components/ui/Button";
import { Notice } from "@/components/ui/Notice";

/**
 * Lets visitors through to the pages they may see: first run, login, or the product.
 *
 * A page asked for without a login is remembered in `?next=` and shown after it.
 */
export function Entrance() {
  const queries = useQueryClient();
  const access = useQuery(accessQuery);
  const location = useLocation();

  useEffect(
    () => onSignedOut(() => queries.setQueryData(accessQuery.queryKey, { step: "login" })),
    [queries],
  );

  if (access.isError) {
    return (
      <div className="mx-auto grid max-w-md gap-4 p-6 pt-24">
        <Notice tone="danger" title="The server cannot be reached">
          {messageOf(access.error)}
        </Notice>
        <Button onClick={() => void access.refetch()} busy={access.isFetching}>
          Try again
        </Button>
      </div>
    );
  }
  if (!access.data) return null;

  const { step } = access.data;
  const outside = location.pathname === "/login" || location.pathname === "/setup";
  if (step === "setup" && location.pathname !== "/setup") return <Navigate to="/setup" replace />;
  if (step === "login" && location.pathname !== "/login") {
    const next = outside ? "" : `?next=${encodeURIComponent(location.pathname + location.search)}`;
    return <Navigate to={`/login${next}`} replace />;
  }
  if (step === "in" && outside) return <Navigate to={nextPage(location.search)} replace />;
  return <Outlet />;
}

/** The page asked for before the login; only pages of this site count. */
function nextPage(search: string): string {
  const next = new URLSearchParams(search).get("next") ?? "/";
  return next.startsWith("/") && !next.startsWith("//") && !next.startsWith("/\\") ? next : "/";
}
