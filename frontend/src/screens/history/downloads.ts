/** Files of history items: the browser itself downloads them, so nothing of them is in the page's memory. */
import { address, askResponse, ownAddress } from "../../api/client";

export type FileFormat = "stored" | "wav";

/** The most items of one download (studio/limits.py). */
export const MOST_AT_ONCE = 10_000;

/** Where the file of one item, or the zip of several, is had, once the server has made it. Throws: ApiError. */
export async function fileAddress(ids: readonly string[], format: FileFormat, signal?: AbortSignal): Promise<string> {
  const [only = ""] = ids;
  if (ids.length === 1 && format === "stored") return audioAddress(only);
  const response = await askResponse("/v1/history/download", {
    method: "POST",
    json: { history_item_ids: ids, output_format: format === "wav" ? "wav" : null },
    headers: { accept: "application/zip, audio/wav" },
    ...(signal ? { signal } : {}),
  });
  const kept = response.headers.get("content-location");
  // A server whose disk is full tells no address, and the answer itself is the file.
  if (kept === null) return URL.createObjectURL(await response.blob());
  await response.body?.cancel();
  return ownAddress(kept) ?? address(kept);
}

export function audioAddress(id: string): string {
  return address(`/v1/history/${encodeURIComponent(id)}/audio`);
}

/** Let the browser download it: it shows how far it is, and goes on where the network broke off. */
export function save(url: string): void {
  const link = document.createElement("a");
  link.href = url;
  link.download = "";
  link.click();
}
