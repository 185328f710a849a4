/** The keys of the editor: what they do, and what the list of keys says of them. */
import type { Shortcut } from "../../../state/keys";
import { bench } from "../bench.svelte";
import type { Tool } from "../tools";
import type { Commands } from "./commands.svelte";

/** Whether a key is for another field, such as that of a search. */
function isElsewhere(): boolean {
  const focused = document.activeElement;
  return focused instanceof HTMLElement && !focused.dataset["text"] && (focused.isContentEditable || focused.matches("input:not([type=checkbox], [type=radio]), textarea, select"));
}

const isHere = (): boolean => !isElsewhere();

export function editorKeys(commands: Commands, tools: readonly Tool[]): Shortcut[] {
  const inText = (shortcut: Omit<Shortcut, "inText">): Shortcut => ({ ...shortcut, inText: true });
  return [
    inText({ keys: "Mod+S", label: "common.save", run: () => void commands.save() }),
    inText({ keys: "Mod+Z", label: "common.undo", when: isHere, run: () => commands.undo() }),
    inText({ keys: ["Mod+Shift+Z", "Mod+Y"], label: "common.redo", when: isHere, run: () => commands.redo() }),
    inText({ keys: "Ctrl+Space", label: "editor.playHere", run: () => commands.play() }),
    inText({ keys: "Mod+Alt+V", label: "tools.voice", when: isHere, run: () => (commands.asking = "voice") }),
    inText({ keys: "Mod+Alt+0", label: "tools.type_p", when: isHere, run: () => commands.setSubType("p") }),
    inText({ keys: "Mod+Alt+1", label: "tools.type_h1", when: isHere, run: () => commands.setSubType("h1") }),
    inText({ keys: "Mod+Alt+2", label: "tools.type_h2", when: isHere, run: () => commands.setSubType("h2") }),
    inText({ keys: "Mod+Alt+3", label: "tools.type_h3", when: isHere, run: () => commands.setSubType("h3") }),
    inText({ keys: "Mod+Alt+B", label: "tools.insertPause", when: isHere, run: () => commands.insertPause() }),
    inText({ keys: "Mod+Alt+N", label: "tools.lock", when: isHere, run: () => void commands.lock() }),
    inText({ keys: "Alt+ArrowUp", label: "tools.moveUp", when: isHere, run: () => commands.move("up") }),
    inText({ keys: "Alt+ArrowDown", label: "tools.moveDown", when: isHere, run: () => commands.move("down") }),
    ...tools.flatMap((tool) => (tool.keys ? [inText({ keys: tool.keys, label: tool.title, run: () => bench.show(tool.id) })] : [])),
  ];
}
