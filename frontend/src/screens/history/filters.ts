/** What of history is shown: as people choose it, as the address has it, and as the API is asked. */
import type { Options } from "../../api/client";

export interface Filters {
  search: string;
  voice: string;
  model: string;
  source: string;
  /** Days as `<input type="date">` has them, both included. */
  from: string;
  to: string;
  order: string;
}

export const NO_FILTERS: Filters = { search: "", voice: "", model: "", source: "", from: "", to: "", order: "desc" };
export const SOURCES = ["TTS", "Projects", "PD", "AN"] as const;

const names = Object.keys(NO_FILTERS) as (keyof Filters)[];

export function filtersOf(query: URLSearchParams): Filters {
  return { ...NO_FILTERS, ...Object.fromEntries(names.flatMap((name) => (query.has(name) ? [[name, query.get(name) ?? ""]] : []))) };
}

/** What stands behind the `?`: only what differs from showing everything. */
export function addressOf(filters: Filters): string {
  const said = names.filter((name) => filters[name] !== NO_FILTERS[name]);
  return new URLSearchParams(said.map((name) => [name, filters[name]])).toString();
}

/** How many narrow the list. */
export function countOf(filters: Filters): number {
  return names.filter((name) => name !== "order" && filters[name]).length;
}

/** The parameters of GET /v1/history. A day begins and ends where the person is. */
export function queryOf(filters: Filters): NonNullable<Options["query"]> {
  return {
    search: filters.search.trim() || null,
    voice_id: filters.voice || null,
    model_id: filters.model || null,
    source: filters.source || null,
    date_after_unix: dayStart(filters.from),
    date_before_unix: dayStart(filters.to, 1),
    sort_direction: filters.order === "asc" ? "asc" : "desc",
  };
}

function dayStart(day: string, later = 0): number | null {
  const [year, month, date] = day.split("-").map(Number);
  if (!year || !month || !date) return null;
  // Years below 100 would be taken for those of the last century, which a half typed date has.
  const start = new Date(2000, month - 1, date + later);
  start.setFullYear(start.getFullYear() - 2000 + year);
  return Math.max(0, Math.floor(start.getTime() / 1000));
}
