/** One field of a request that the server refused, by its dotted path. */
export interface FieldError {
  path: string;
  code: string;
  message: string;
}

/** An answer of the server that is not a success, or no answer at all (status 0). */
export class ApiError extends Error {
  override readonly name = "ApiError";

  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly fields: readonly FieldError[] = [],
  ) {
    super(message);
  }

  /** Reads the server's one error shape; anything else becomes code `unexpected`. */
  static from(status: number, body: unknown): ApiError {
    const error = (body as { error?: Partial<FieldError> & { fields?: FieldError[] } } | null)?.error;
    if (!error?.code) {
      return new ApiError(status, "unexpected", `The server answered with status ${status}.`);
    }
    return new ApiError(status, error.code, error.message ?? error.code, error.fields ?? []);
  }
}

/** A sentence to show for any thrown value. */
export function messageOf(error: unknown): string {
  if (error instanceof ApiError) return error.message;
  if (error instanceof TypeError) return "The server cannot be reached.";
  return error instanceof Error ? error.message : String(error);
}
