/** Delete many items, a few at a time: the API takes one in a request. */
import { ApiError, ask } from "../../api/client";

const AT_ONCE = 4;

export interface Outcome {
  deleted: Set<string>;
  /** The first thing that went wrong, after which nothing more was begun. */
  problem: unknown;
}

export async function deleteItems(ids: readonly string[], onProgress: (count: number) => void, signal: AbortSignal): Promise<Outcome> {
  const waiting = [...ids].reverse();
  const outcome: Outcome = { deleted: new Set(), problem: undefined };

  async function go(): Promise<void> {
    for (let id = waiting.pop(); id !== undefined && !signal.aborted && outcome.problem === undefined; id = waiting.pop()) {
      try {
        await ask(`/v1/history/${encodeURIComponent(id)}`, { method: "DELETE" });
      } catch (problem) {
        // One that is gone already is as it was wanted.
        if (!(problem instanceof ApiError && problem.status === 404)) {
          outcome.problem ??= problem;
          return;
        }
      }
      outcome.deleted.add(id);
      onProgress(outcome.deleted.size);
    }
  }

  await Promise.all(Array.from({ length: AT_ONCE }, go));
  return outcome;
}
