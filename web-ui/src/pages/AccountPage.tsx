import { useQuery } from "@tanstack/react-query";
import { LogOut } from "lucide-react";

import { accessQuery, useLogout } from "@/api/session";
import { PasswordCard } from "@/components/account/PasswordCard";
import { TokensCard } from "@/components/account/TokensCard";
import { ThemeButton } from "@/components/shell/Sidebar";
import { Button } from "@/components/ui/Button";
import { Page } from "@/components/ui/Page";

/** The person who is logged in. */
export function AccountPage() {
  const access = useQuery(accessQuery);
  const logout = useLogout();
  const user = access.data?.step === "in" ? access.data.user : null;
  return (
    <Page
      title="Account"
      description={user && `${user.username} · ${user.role}`}
      actions={
        <>
          <ThemeButton />
          <Button busy={logout.isPending} onClick={() => logout.mutate()} className="md:hidden">
            <LogOut aria-hidden className="size-4" /> Log out
          </Button>
        </>
      }
    >
      <PasswordCard />
      <TokensCard />
    </Page>
  );
}
