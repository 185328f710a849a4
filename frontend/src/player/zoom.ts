/** How much of a sound is shown, and from where. */
import type { View } from "./wave";

/** About a sentence. */
const NEAREST_S = 6;
const STEP = 2;
/** Where in the view what is heard is put when the view is turned like a page. */
const LEAD = 0.1;

/** The span after a step nearer or farther; null is all of it. */
export function zoomed(span_s: number | null, duration_s: number, step: 1 | -1): number | null {
  const next = (span_s ?? duration_s) * STEP ** -step;
  return next >= duration_s ? null : Math.max(NEAREST_S, next);
}

/** The view of a span, moved no farther than the sound goes. */
export function viewFrom(from_s: number, span_s: number | null, duration_s: number): View {
  if (span_s === null || span_s >= duration_s) return { from_s: 0, to_s: Math.max(duration_s, 0.1) };
  const from = Math.min(Math.max(0, from_s), duration_s - span_s);
  return { from_s: from, to_s: from + span_s };
}

/** Where a view begins so that a moment stays at the same place on the screen, a share of its width. */
export const beginningAround = (secs: number, share: number, span_s: number | null): number => secs - share * (span_s ?? 0);

/** Where the view begins that has what is heard in it: the present one, or one like the next page. */
export function turned(view: View, position_s: number): number {
  const span_s = view.to_s - view.from_s;
  const isSeen = position_s >= view.from_s && position_s < view.to_s - span_s * (LEAD / 2);
  return isSeen ? view.from_s : position_s - span_s * LEAD;
}
