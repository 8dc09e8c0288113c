import { createBrowserRouter } from "react-router";

import { Entrance } from "@/components/shell/Entrance";
import { Shell } from "@/components/shell/Shell";
import { CrashPage } from "@/pages/CrashPage";
import { DashboardPage } from "@/pages/DashboardPage";
import { LoginPage } from "@/pages/LoginPage";
import { NotFoundPage } from "@/pages/NotFoundPage";
import { SetupPage } from "@/pages/SetupPage";

/** Pages that are not needed at once come in files of their own. */
export const router = createBrowserRouter([
  {
    element: <Entrance />,
    errorElement: <CrashPage />,
    hydrateFallbackElement: <></>,
    children: [
      { path: "/setup", element: <SetupPage /> },
      { path: "/login", element: <LoginPage /> },
      {
        element: <Shell />,
        children: [
          {
            errorElement: <CrashPage />,
            children: [
              { index: true, element: <DashboardPage /> },
              {
                path: "/cameras/new",
                lazy: async () => ({
                  Component: (await import("@/pages/AddCameraPage")).AddCameraPage,
                }),
              },
              {
                path: "/cameras/:cameraId",
                lazy: async () => ({ Component: (await import("@/pages/CameraPage")).CameraPage }),
              },
              {
                path: "/cameras/:cameraId/settings",
                lazy: async () => ({
                  Component: (await import("@/pages/CameraSettingsPage")).CameraSettingsPage,
                }),
              },
              {
                path: "/plugins",
                lazy: async () => ({ Component: (await import("@/pages/PluginsPage")).PluginsPage }),
              },
              {
                path: "/plugins/:pluginId",
                lazy: async () => ({ Component: (await import("@/pages/PluginPage")).PluginPage }),
              },
              {
                path: "/system",
                lazy: async () => ({ Component: (await import("@/pages/SystemPage")).SystemPage }),
              },
              {
                path: "/account",
                lazy: async () => ({ Component: (await import("@/pages/AccountPage")).AccountPage }),
              },
              { path: "*", element: <NotFoundPage /> },
            ],
          },
        ],
      },
    ],
  },
]);
