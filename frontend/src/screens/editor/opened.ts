/** The chapters that are open, or were and aren't saved yet: one manuscript for each, however often one comes back. */
import { ApiError } from "../../api/client";
import { session } from "../../state/session.svelte";
import { chaptersLeft, type Place } from "./journal";
import { Manuscript } from "./manuscript.svelte";

/** So many chapters that are left keep what can be undone in them. */
const KEPT = 4;

const opened = new Map<string, Manuscript>();
const opening = new Map<string, Promise<Manuscript>>();

/** Whose edits these are: nobody gets those of somebody else who used this browser. */
const owner = (): string => session.owner ?? "";

/** Throws: ApiError. */
export async function openManuscript(projectId: string, chapterId: string): Promise<Manuscript> {
  // What a manuscript derives would end with the effect or the derived value in which it is made.
  await Promise.resolve();
  const key = `${owner()}/${projectId}/${chapterId}`;
  const known = opened.get(key);
  if (known && known.saved !== "gone") {
    opened.delete(key);
    opened.set(key, known);
    known.refresh();
    return known;
  }
  // Whoever asks again before it is there gets the same one: two would each send what the other has.
  const asked = opening.get(key) ?? open(key, { owner: owner(), projectId, chapterId }).finally(() => opening.delete(key));
  opening.set(key, asked);
  return asked;
}

async function open(key: string, place: Place): Promise<Manuscript> {
  const manuscript = new Manuscript(place);
  await manuscript.open();
  opened.set(key, manuscript);
  forgetOldest(manuscript);
  return manuscript;
}

/**
 * Send what was typed in other chapters of a project, now or in an earlier visit. What can't be sent stays where it is.
 * Throws: what was in the way of the first of them, after all others.
 */
export async function sendLeftovers(projectId: string, exceptChapterId: string): Promise<void> {
  const problems: unknown[] = [];
  const unsent = [...opened.values()].filter((manuscript) => manuscript.projectId === projectId && manuscript.hasUnsent);
  for (const chapterId of new Set([...chaptersLeft({ owner: owner(), projectId }), ...unsent.map((manuscript) => manuscript.chapterId)])) {
    if (chapterId === exceptChapterId || !chapterId) continue;
    try {
      await (await openManuscript(projectId, chapterId)).flush();
    } catch (problem) {
      // Of a chapter that is deleted there is nothing to convert.
      if (!(problem instanceof ApiError && problem.status === 404)) problems.push(problem);
    }
  }
  if (problems.length) throw problems[0];
}

/** Send everything of all chapters, as the page may be closed. */
export function leaveAll(): void {
  for (const manuscript of opened.values()) manuscript.leave();
}

/** The server is there again. */
export function retryAll(): void {
  for (const manuscript of opened.values()) manuscript.retry();
}

function forgetOldest(newest: Manuscript): void {
  for (const [key, manuscript] of opened) {
    if (opened.size <= KEPT) return;
    if (manuscript !== newest && !manuscript.hasUnsent && !manuscript.view) opened.delete(key);
  }
}
