/** The one way to the server: JSON in and out, errors as `ApiError`, and the session's cookie in place of a key. */

/** What an error says, in the server's own words for people. status: of HTTP; 0 where no answer came. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    /** What is wrong with single fields of the request, by their names. */
    readonly fields: Readonly<Record<string, string>> = {},
  ) {
    super(message);
    this.name = "ApiError";
  }

  /** Whether the network is away, or the server: what was asked for may be asked for again. */
  get isAway(): boolean {
    return this.status === 0 || this.status === 502 || this.status === 503 || this.status === 504;
  }
}

export interface Options {
  method?: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** Sent as JSON. */
  json?: unknown;
  /** Sent as multipart/form-data. */
  form?: FormData;
  query?: Record<string, string | number | boolean | readonly string[] | null | undefined>;
  headers?: Record<string, string>;
  signal?: AbortSignal;
  /** The page may be closed before the answer comes, and the request is sent all the same (64 kB at most). */
  keepalive?: boolean;
}

/** The address of a path of this server, which begins with a slash, wherever the page itself is. */
export function address(path: string, query?: Options["query"]): string {
  const url = new URL(path.slice(1), document.baseURI.split("#")[0]);
  for (const [name, value] of Object.entries(query ?? {})) {
    if (value === null || value === undefined) continue;
    for (const one of typeof value === "object" ? value : [value]) url.searchParams.append(name, String(one));
  }
  return url.href;
}

/** The same of an address that the server tells of itself: it may not know below which path, or by which name, it is reached. */
export function ownAddress(told: string): string | null {
  const start = told.lastIndexOf("/rhapsode/v1/");
  return start < 0 ? null : address(told.slice(start));
}

/** What the server answers, as JSON. Throws: ApiError. */
export async function ask<T>(path: string, options: Options = {}): Promise<T> {
  return (await (await send(path, options)).json()) as T;
}

/** The same as bytes, for a file. */
export async function askBlob(path: string, options: Options = {}): Promise<Blob> {
  return (await send(path, options)).blob();
}

/** The answer itself, for what is read while it comes. Throws: ApiError. */
export async function askResponse(path: string, options: Options = {}): Promise<Response> {
  return send(path, options);
}

let onSignedOut: () => void = () => undefined;

/** What happens when the server doesn't know the session, or no longer. */
export function whenSignedOut(action: () => void): void {
  onSignedOut = action;
}

async function send(path: string, options: Options): Promise<Response> {
  const headers: Record<string, string> = { accept: "application/json", ...options.headers };
  if (options.json !== undefined) headers["content-type"] = "application/json";
  let response: Response;
  try {
    response = await fetch(address(path, options.query), {
      method: options.method ?? "GET",
      headers,
      body: options.json === undefined ? (options.form ?? null) : JSON.stringify(options.json),
      credentials: "same-origin",
      keepalive: options.keepalive ?? false,
      signal: options.signal ?? null,
    });
  } catch (problem) {
    if (options.signal?.aborted) throw problem;
    throw new ApiError(0, "unreachable", String(problem));
  }
  if (response.ok) return response;
  throw await refusalOf(response, !headers["xi-api-key"]);
}

/** What a refused request is told. isOfSession: whether it had nothing but the session to say whose it is. */
export async function refusalOf(response: Response, isOfSession = true): Promise<ApiError> {
  const error = await errorOf(response);
  if (error.status === 401 && isOfSession && !STILL_SIGNED_IN.has(error.code)) onSignedOut();
  return error;
}

// 401 as well, as the original has them, for somebody who is known.
const STILL_SIGNED_IN: ReadonlySet<string> = new Set(["missing_permissions", "quota_exceeded"]);

interface Misfit {
  loc: (string | number)[];
  msg: string;
}

async function errorOf(response: Response): Promise<ApiError> {
  let detail: unknown;
  try {
    detail = ((await response.json()) as { detail?: unknown }).detail;
  } catch {
    detail = response.statusText;
  }
  if (Array.isArray(detail)) {
    const said = (detail as Misfit[]).map((misfit) => `${misfit.loc.slice(1).join(".")}: ${misfit.msg}`).join("\n");
    const fields = (detail as Misfit[]).map((misfit) => [String(misfit.loc[1] ?? ""), misfit.msg] as const);
    return new ApiError(response.status, "misfit", said, Object.fromEntries(fields));
  }
  if (detail !== null && typeof detail === "object") {
    const { code, message } = detail as { code?: string; message?: string };
    return new ApiError(response.status, code ?? "unknown", message ?? response.statusText);
  }
  return new ApiError(response.status, "unknown", String(detail));
}
