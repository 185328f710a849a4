/** Server-sent events that go on: a connection that broke off is opened again, and begins with the present state. */
import { address } from "./client";

const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 15_000;

export type Handlers = Record<string, (data: never) => void>;

/** Listen to a path; each handler has the name of an event. Returns what ends it. */
export function listen(path: string, handlers: Handlers, onConnected: (connected: boolean) => void = () => undefined): () => void {
  let source: EventSource | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let waitMs = FIRST_WAIT_MS;

  function open(): void {
    source = new EventSource(address(path), { withCredentials: true });
    source.onopen = () => {
      waitMs = FIRST_WAIT_MS;
      onConnected(true);
    };
    source.onerror = () => {
      onConnected(false);
      // The browser itself gives up for good when the server answers with an error.
      if (source?.readyState !== EventSource.CLOSED) return;
      timer = setTimeout(open, waitMs);
      waitMs = Math.min(waitMs * 2, LONGEST_WAIT_MS);
    };
    for (const [name, handler] of Object.entries(handlers))
      source.addEventListener(name, (event) => handler(JSON.parse((event as MessageEvent<string>).data) as never));
  }

  open();
  return () => {
    clearTimeout(timer);
    source?.close();
  };
}
