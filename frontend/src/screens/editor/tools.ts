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
  /** What opens it, as `state/keys.ts` has keys. */
  keys?: string | readonly string[];
  /** Whether its button says its name: it is what everything else leads to. */
  isGoal?: boolean;
  load: () => Promise<{ default: Component<ToolProps> }>;
}

export const tools: Tool[] = [
  { id: "find", title: "tools.find", icon: "search", keys: ["Mod+F", "Mod+H"], load: () => import("./find/Find.svelte") },
  { id: "pronounce", title: "tools.pronounce", icon: "dictionary", keys: ["Mod+Shift+P", "Mod+Alt+P"], load: () => import("./pronounce/Pronounce.svelte") },
  { id: "voices", title: "tools.voices", icon: "settings", keys: "Mod+Alt+O", load: () => import("./voices/VoicesTool.svelte") },
  { id: "cast", title: "tools.cast", icon: "cast", keys: "Mod+Alt+C", load: () => import("./cast/CastTool.svelte") },
  { id: "takes", title: "tools.takes", icon: "takes", keys: "Mod+Alt+K", load: () => import("./takes/Takes.svelte") },
  { id: "flaws", title: "tools.flaws", icon: "warning", keys: "Mod+Alt+J", load: () => import("./flaws/Flaws.svelte") },
  { id: "export", title: "export.title", icon: "export", isGoal: true, keys: "Mod+Shift+E", load: () => import("../export/Panel.svelte") },
];
