/** Waiting for a server that is away. */
import { ApiError } from "../api/client";

const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 5_000;

/** Do something again and again while the server is away and it is wanted. Throws: what else goes wrong. */
export async function untilBack(action: () => Promise<void>, isWanted: () => boolean, onAway: () => void): Promise<void> {
  for (let waitMs = FIRST_WAIT_MS; ; waitMs = Math.min(2 * waitMs + FIRST_WAIT_MS, LONGEST_WAIT_MS)) {
    try {
      return await action();
    } catch (problem) {
      if (!isWanted()) return;
      if (!(problem instanceof ApiError && problem.isAway)) throw problem;
    }
    onAway();
    await backOnline(waitMs);
  }
}

/** Some time, or until the browser says that it is connected again, whichever comes first. */
function backOnline(waitMs: number): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      removeEventListener("online", done);
      resolve();
    };
    const timer = setTimeout(done, waitMs);
    addEventListener("online", done);
  });
}
