import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";

import { client, unwrap } from "./client";
import type { Config, Plugin } from "./types";

export const pluginsQuery = queryOptions({
  queryKey: ["plugins"],
  queryFn: async () => (await unwrap(client.GET("/api/v1/plugins"))).items,
  refetchInterval: 10_000,
});

export const pluginQuery = (id: string) =>
  queryOptions({
    queryKey: ["plugins", id],
    queryFn: () =>
      unwrap(client.GET("/api/v1/plugins/{plugin_id}", { params: { path: { plugin_id: id } } })),
    refetchInterval: 10_000,
  });

export const pluginSchemasQuery = (id: string) =>
  queryOptions({
    queryKey: ["plugin-schemas", id],
    queryFn: async () =>
      (
        await unwrap(
          client.GET("/api/v1/plugins/{plugin_id}/schema", { params: { path: { plugin_id: id } } }),
        )
      ).items,
  });

export const pluginConfigsQuery = (id: string) =>
  queryOptions({
    queryKey: ["plugin-configs", id],
    queryFn: async () =>
      (
        await unwrap(
          client.GET("/api/v1/plugins/{plugin_id}/config", { params: { path: { plugin_id: id } } }),
        )
      ).items,
  });

export function useSavePluginConfig(id: string) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (body: { component: string; config: Config }) =>
      unwrap(
        client.PUT("/api/v1/plugins/{plugin_id}/config", {
          params: { path: { plugin_id: id } },
          body,
        }),
      ),
    onSuccess: () =>
      Promise.all([
        queries.invalidateQueries(pluginConfigsQuery(id)),
        queries.invalidateQueries({ queryKey: ["plugins"] }),
      ]),
  });
}

export type PluginAction = "enable" | "disable" | "restart";

export function usePluginAction(id: string) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (action: PluginAction): Promise<Plugin> => {
      const options = { params: { path: { plugin_id: id } } };
      if (action === "enable") {
        return unwrap(client.POST("/api/v1/plugins/{plugin_id}/enable", options));
      }
      if (action === "disable") {
        return unwrap(client.POST("/api/v1/plugins/{plugin_id}/disable", options));
      }
      return unwrap(client.POST("/api/v1/plugins/{plugin_id}/restart", options));
    },
    onSuccess: () =>
      Promise.all([
        queries.invalidateQueries({ queryKey: ["plugins"] }),
        queries.invalidateQueries({ queryKey: ["camera-sources"] }),
      ]),
  });
}

/** Asks a component which values one of its fields may take, given the rest of the form. */
export async function fetchOptions(
  pluginId: string,
  field: string,
  component: string,
  config: Config,
): Promise<{ value: string; title: string }[]> {
  const { items } = await unwrap(
    client.POST("/api/v1/plugins/{plugin_id}/options/{field}", {
      params: { path: { plugin_id: pluginId, field } },
      body: { component, config },
    }),
  );
  return items.map(({ value, title }) => ({ value: String(value), title }));
}
