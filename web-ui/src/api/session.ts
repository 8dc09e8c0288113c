import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";

import { client, unwrap } from "./client";
import { ApiError } from "./errors";
import type { User } from "./types";

/** What stands between the visitor and the pages. */
export type Access = { step: "setup" } | { step: "login" } | { step: "in"; user: User };

/** Asks who is logged in; without anybody, whether the first account is still to be made. */
export const accessQuery = queryOptions({
  queryKey: ["access"],
  queryFn: async (): Promise<Access> => {
    try {
      return { step: "in", user: await unwrap(client.GET("/api/v1/auth/me")) };
    } catch (error) {
      if (!(error instanceof ApiError) || error.status !== 401) throw error;
    }
    const { needed } = await unwrap(client.GET("/api/v1/setup"));
    return { step: needed ? "setup" : "login" };
  },
  staleTime: Number.POSITIVE_INFINITY,
  retry: 2,
});

function useEnter<Input>(enter: (input: Input) => Promise<User>) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: enter,
    onSuccess: (user) => {
      const access: Access = { step: "in", user };
      queries.setQueryData(accessQuery.queryKey, access);
    },
  });
}

export function useLogin() {
  return useEnter((body: { username: string; password: string }) =>
    unwrap(client.POST("/api/v1/auth/login", { body })),
  );
}

export function useSetup() {
  return useEnter((body: { code: string; username: string; password: string }) =>
    unwrap(client.POST("/api/v1/setup", { body })),
  );
}

export function useLogout() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: () => unwrap(client.POST("/api/v1/auth/logout")),
    onSettled: () => {
      queries.setQueryData(accessQuery.queryKey, { step: "login" });
      queries.removeQueries({ predicate: (query) => query.queryKey[0] !== "access" });
    },
  });
}

export function useChangePassword() {
  return useMutation({
    mutationFn: (body: { current: string; new: string }) =>
      unwrap(client.POST("/api/v1/auth/password", { body })),
  });
}

export const tokensQuery = queryOptions({
  queryKey: ["tokens"],
  queryFn: async () => (await unwrap(client.GET("/api/v1/tokens"))).items,
});

export function useCreateToken() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (name: string) => unwrap(client.POST("/api/v1/tokens", { body: { name } })),
    onSuccess: () => queries.invalidateQueries(tokensQuery),
  });
}

export function useDeleteToken() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (id: number) =>
      unwrap(client.DELETE("/api/v1/tokens/{token_id}", { params: { path: { token_id: id } } })),
    onSuccess: () => queries.invalidateQueries(tokensQuery),
  });
}
