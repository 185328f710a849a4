/** The chapter in which one was, for when the book is opened again. */
const key = (projectId: string): string => `rhapsode.chapter/${projectId}`;

export function lastChapter(projectId: string): string | null {
  return localStorage.getItem(key(projectId));
}

export function rememberChapter(projectId: string, chapterId: string): void {
  try {
    localStorage.setItem(key(projectId), chapterId);
  } catch {
    // The first chapter is opened then.
  }
}
