/** Which screen a route shows. Each is loaded when it is first asked for. */
import type { Component } from "svelte";

import type { Key } from "../messages";
import type { Route } from "../state/router.svelte";

export interface Screen {
  title: Key;
  load: () => Promise<{ default: Component<{ parts: string[] }> }>;
}

const screens: Record<string, Screen> = {
  projects: { title: "common.projects", load: () => import("./projects/Projects.svelte") },
  project: { title: "common.projects", load: () => import("./editor/Editor.svelte") },
  export: { title: "export.title", load: () => import("./export/Export.svelte") },
  history: { title: "common.history", load: () => import("./history/History.svelte") },
  voices: { title: "common.voices", load: () => import("./voices/Voices.svelte") },
  dictionaries: { title: "common.dictionaries", load: () => import("./dictionaries/Dictionaries.svelte") },
  settings: { title: "common.settings", load: () => import("./settings/Settings.svelte") },
};

/** The screen of a route, and the parts of the address that are its own; undefined where there is none. */
export function screenOf(route: Route): { name: string; screen: Screen; parts: string[] } | undefined {
  const [first = "projects", ...parts] = route.parts;
  // A project is opened in the editor: #/projects/ID or #/projects/ID/CHAPTER; or it is exported: #/projects/ID/export.
  const name = first === "projects" && parts.length ? (parts[1] === "export" ? "export" : "project") : first;
  const screen = Object.hasOwn(screens, name) ? screens[name] : undefined;
  return screen && { name, screen, parts };
}
