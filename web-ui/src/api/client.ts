import createClient from "openapi-fetch";

import { ApiError } from "./errors";
import type { paths } from "./schema";

type Listener = () => void;

const signedOut = new Set<Listener>();

/** Calls `listener` whenever the server says that nobody is logged in. */
export function onSignedOut(listener: Listener): () => void {
  signedOut.add(listener);
  return () => signedOut.delete(listener);
}

/** Typed by the server's OpenAPI document; use it with `unwrap`. */
export const client = createClient<paths>({ baseUrl: "", credentials: "same-origin" });

interface Answer<T> {
  data?: T;
  error?: unknown;
  response: Response;
}

/** Gives the answer's body, or throws an ApiError. */
export async function unwrap<T>(answer: Promise<Answer<T>>): Promise<T> {
  const { data, error, response } = await answer;
  if (response.ok) return data as T;
  const problem = ApiError.from(response.status, error);
  if (problem.status === 401 && problem.code === "not_authenticated") {
    for (const listener of signedOut) listener();
  }
  throw problem;
}

/** Fetches bytes of a file, or of a range (both ends included). */
export async function fetchBytes(
  url: string,
  range: [number, number] | null,
  signal: AbortSignal,
): Promise<ArrayBuffer> {
  const headers = range ? { Range: `bytes=${range[0]}-${range[1]}` } : undefined;
  const response = await fetch(url, { signal, credentials: "same-origin", ...(headers && { headers }) });
  if (!response.ok) {
    throw ApiError.from(response.status, await response.json().catch(() => null));
  }
  const data = await response.arrayBuffer();
  // A server that ignores ranges answers with the whole file.
  return range && response.status === 200 ? data.slice(range[0], range[1] + 1) : data;
}
