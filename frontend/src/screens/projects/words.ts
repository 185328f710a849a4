/** What a person is told of a problem, at the place where it came up. */
import { ApiError } from "../../api/client";
import { t } from "../../messages";

export function wordsOf(problem: unknown): string {
  if (problem instanceof ApiError && problem.isAway) return t("common.away");
  return problem instanceof Error ? problem.message : String(problem);
}
