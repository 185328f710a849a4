/** What a person is told of a problem: in the server's words, where it has said something. */
import { ApiError } from "../api/client";
import { t } from "../messages";

export function wordsOf(problem: unknown): string {
  if (problem instanceof ApiError && problem.isAway) return t("common.away");
  return problem instanceof Error ? problem.message : String(problem);
}
