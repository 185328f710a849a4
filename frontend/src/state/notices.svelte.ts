/** Notices at the edge of the page: what was done, with a way back, and what went wrong. */
import { ApiError } from "../api/client";
import { t } from "../messages";
import { wordsOf } from "../parts/words";

export interface Notice {
  id: number;
  text: string;
  kind: "info" | "error";
  action?: { label: string; run: () => void };
}

const SHOWN_MS = 10_000;
let last = 0;

class Notices {
  all = $state<Notice[]>([]);
  /** Whether somebody is about to use one of them: none goes away under the pointer or the focus. */
  isHeld: () => boolean = () => false;

  /** Say something for ten seconds; with an action, such as undoing it. Errors stay until they are closed. */
  say(text: string, action?: Notice["action"]): void {
    const id = this.add({ text, kind: "info", ...(action ? { action } : {}) });
    this.closeLater(id);
  }

  /** Tell what went wrong, in the server's words where it has said something. */
  fail(problem: unknown): void {
    const away = problem instanceof ApiError && problem.isAway;
    const text = away ? wordsOf(problem) : t("common.failed", { message: wordsOf(problem) });
    if (!this.all.some((notice) => notice.text === text)) this.add({ text, kind: "error" });
  }

  close(id: number): void {
    this.all = this.all.filter((notice) => notice.id !== id);
  }

  private closeLater(id: number): void {
    setTimeout(() => (this.isHeld() ? this.closeLater(id) : this.close(id)), SHOWN_MS);
  }

  private add(notice: Omit<Notice, "id">): number {
    last += 1;
    this.all.push({ ...notice, id: last });
    return last;
  }
}

export const notices = new Notices();

/** Do something, and tell where it fails. Returns whether it worked. */
export async function attempt(action: () => Promise<unknown>): Promise<boolean> {
  try {
    await action();
    return true;
  } catch (problem) {
    notices.fail(problem);
    return false;
  }
}
