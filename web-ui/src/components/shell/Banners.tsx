import { useQuery } from "@tanstack/react-query";
import { HardDrive, ShieldAlert, WifiOff } from "lucide-react";
import type { ReactNode } from "react";
import { Link } from "react-router";

import { systemQuery } from "@/api/system";
import type { StorageInfo } from "@/api/types";
import { formatCode } from "@/lib/format";
import { useConnection } from "@/stores/connection";

const STORAGE_TEXT: Record<string, string> = {
  full: "The storage is full: nothing is being recorded.",
  missing: "The storage is missing: nothing is being recorded.",
  error: "The storage cannot be written: nothing is being recorded.",
};

/** What the whole server suffers from, above every page. */
export function Banners() {
  const connected = useConnection((connection) => connection.connected);
  const system = useQuery(systemQuery);
  const troubled = system.data?.storages.filter((storage) => storage.state !== "ok") ?? [];
  return (
    <div aria-live="polite">
      {!connected && (
        <Banner icon={<WifiOff aria-hidden className="size-4" />} testId="connection-lost">
          Connection lost. Trying again…
        </Banner>
      )}
      {system.data?.safe_mode && (
        <Banner icon={<ShieldAlert aria-hidden className="size-4" />} testId="safe-mode">
          Safe mode: plugins stay off because the last starts failed.{" "}
          <Link to="/plugins" className="underline">
            Plugins
          </Link>
        </Banner>
      )}
      {troubled.map((storage) => (
        <Banner
          key={storage.id}
          icon={<HardDrive aria-hidden className="size-4" />}
          testId="storage-trouble"
        >
          {storageText(storage)}{" "}
          <Link to="/system" className="underline">
            System
          </Link>
        </Banner>
      ))}
    </div>
  );
}

function storageText(storage: StorageInfo): string {
  const text = STORAGE_TEXT[storage.state] ?? formatCode(storage.state);
  return storage.message ? `${text} ${storage.message}` : text;
}

interface BannerProps {
  icon: ReactNode;
  testId: string;
  children: ReactNode;
}

function Banner({ icon, testId, children }: BannerProps) {
  return (
    <div
      data-testid={testId}
      className="flex items-center gap-2.5 border-b border-warn/30 bg-warn/15 px-4 py-2 text-[13px] text-warn"
    >
      {icon}
      <p className="min-w-0">{children}</p>
    </div>
  );
}
