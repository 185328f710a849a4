/** The tools beside the manuscript, in the order of their buttons. Each is loaded when it is first opened. */
import type { Component } from "svelte";

import type { Key } from "../../messages";
import type { IconName } from "../../parts/icons";
import type { Book } from "./book.svelte";
import type { Manuscript } from "./manuscript.svelte";

/** What each tool is given. */
export interface ToolProps {
  book: Book;
  manuscript: Manuscript;
}

export interface Tool {
  id: string;
  title: Key;
  icon: IconName;
  /** Opened with Ctrl and this key. */
  key?: string;
  load: () => Promise<{ default: Component<ToolProps> }>;
}

export const tools: Tool[] = [
  { id: "export", title: "export.title", icon: "export", load: () => import("../export/Panel.svelte") },
];
