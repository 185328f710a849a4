/** Forms with large files: `fetch` can't tell how much of one has gone. */
import { address, ApiError, refusalOf } from "./client";

/** Send a form and get the answer as JSON. onSent: 0 to 1, how much of it has gone. Throws: ApiError; signal.reason. */
export function upload<T>(path: string, form: FormData, onSent: (share: number) => void, signal?: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", address(path));
    request.setRequestHeader("accept", "application/json");
    request.responseType = "text";
    request.upload.onprogress = (event) => {
      if (event.lengthComputable) onSent(event.loaded / event.total);
    };
    request.onload = () => void answered(request, resolve, reject);
    request.onerror = () => reject(new ApiError(0, "unreachable", "The connection broke."));
    request.onabort = () => reject(signal?.reason ?? new ApiError(0, "unreachable", "The connection broke."));
    signal?.throwIfAborted();
    signal?.addEventListener("abort", () => request.abort(), { once: true });
    request.send(form);
  });
}

async function answered<T>(request: XMLHttpRequest, resolve: (value: T) => void, reject: (problem: unknown) => void): Promise<void> {
  try {
    const response = new Response(request.responseText, { status: request.status, statusText: request.statusText });
    if (response.ok) resolve((await response.json()) as T);
    else reject(await refusalOf(response));
  } catch (problem) {
    reject(problem);
  }
}
