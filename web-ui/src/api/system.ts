import { queryOptions } from "@tanstack/react-query";

import { client, unwrap } from "./client";

export const systemQuery = queryOptions({
  queryKey: ["system"],
  queryFn: () => unwrap(client.GET("/api/v1/system")),
  refetchInterval: 15_000,
});
