/** The items of history that were read so far, newest first or oldest, and the way to more of them. */
import { ApiError, ask } from "../../api/client";
import type { HistoryItem, Model } from "../../api/types";
import { t } from "../../messages";
import { wordsOf } from "../../parts/words";
import { queryOf, type Filters } from "./filters";

type Page = Model<"HistoryPage">;

const PAGE = 50;
const WALKED_PAGE = 1000;

export class HistoryItems {
  all = $state.raw<HistoryItem[]>([]);
  hasMore = $state(false);
  isLoading = $state(false);
  problem = $state("");
  /** How far back a search has looked by now, which finds little; Unix seconds. */
  searchedUntil = $state<number | null>(null);
  private filters: Filters | undefined;
  private after: string | null = null;
  private asking: AbortController | undefined;

  /** Begin anew with other filters; what is on its way is given up. */
  begin(filters: Filters): Promise<void> {
    this.asking?.abort();
    this.asking = undefined;
    this.filters = filters;
    this.after = null;
    this.hasMore = false;
    this.isLoading = false;
    return this.more(true);
  }

  /** Read on until something is found: a page of a search may have nothing in it. */
  async more(anew = false): Promise<void> {
    const filters = this.filters;
    if (this.isLoading || !filters) return;
    const asking = (this.asking = new AbortController());
    this.isLoading = true;
    this.problem = "";
    this.searchedUntil = null;
    try {
      let found: HistoryItem[] = [];
      do {
        const page = await askPage(filters, this.after, PAGE, asking.signal);
        found = page.history;
        this.after = page.last_history_item_id;
        this.hasMore = page.has_more;
        this.searchedUntil = page.scanned_until;
      } while (!found.length && this.hasMore);
      const known = new Set(anew ? [] : this.all.map((item) => item.history_item_id));
      this.all = anew ? found : [...this.all, ...found.filter((item) => !known.has(item.history_item_id))];
    } catch (problem) {
      if (asking.signal.aborted) return;
      this.problem = saidOf(problem);
    } finally {
      if (this.asking === asking) this.isLoading = false;
    }
  }

  /** What was made just now, whatever is filtered: who made it wants to see it. */
  putOnTop(item: HistoryItem): void {
    this.all = [item, ...this.all.filter((other) => other.history_item_id !== item.history_item_id)];
  }

  remove(ids: ReadonlySet<string>): void {
    this.all = this.all.filter((item) => !ids.has(item.history_item_id));
  }

  end(): void {
    this.asking?.abort();
  }
}

/** The ids of all that match, page by page. */
export async function* walk(filters: Filters, signal: AbortSignal): AsyncGenerator<string[]> {
  let after: string | null = null;
  for (let hasMore = true; hasMore; ) {
    const page: Page = await askPage(filters, after, WALKED_PAGE, signal);
    yield page.history.map((item) => item.history_item_id);
    after = page.last_history_item_id;
    hasMore = page.has_more && after !== null;
  }
}

function askPage(filters: Filters, after: string | null, pageSize: number, signal: AbortSignal): Promise<Page> {
  return ask<Page>("/v1/history", { query: { ...queryOf(filters), page_size: pageSize, start_after_history_item_id: after }, signal });
}

function saidOf(problem: unknown): string {
  if (problem instanceof ApiError && problem.isAway) return t("history.away");
  return t("common.failed", { message: wordsOf(problem) });
}
