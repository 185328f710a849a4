/** The chapter in which one was, for when the book is opened again; else its first one is. */
import { kept } from "../../state/storage";

const key = (projectId: string): string => `rhapsode.chapter/${projectId}`;

export const lastChapter = (projectId: string): string | null => kept.read(key(projectId));

export const rememberChapter = (projectId: string, chapterId: string): void => void kept.keep(key(projectId), chapterId);
