/** What keys do on the page: screens say theirs while they are shown, and the help (`?`) lists what is said now. */
import type { Key } from "../messages";
import { kept } from "./storage";

export interface Shortcut {
  /** As in `J`, `Space`, `?`, `Shift+ArrowLeft`, `Mod+Z`; Mod is Ctrl, and ⌘ on a Mac. Several do the same thing. */
  keys: string | readonly string[];
  label: Key;
  run: (event: KeyboardEvent) => void;
  /** Works while text is written too; only for keys that write nothing. */
  inText?: boolean;
  /** Where it says no, the key does what it would without this. */
  when?: () => boolean;
  /** Listed in the help and done by somebody else, as by a text field or a slider that has the focus. */
  isOnlyTold?: boolean;
}

export interface Group {
  label: Key;
  shortcuts: readonly Shortcut[];
}

const KEPT = "rhapsode.keys";
const groups: Group[] = [];
/** Of single keys, where the browser doesn't keep it. */
let isOffHere = false;

/** Add keys; the last who did comes first. Returns what takes them away: `$effect(() => addKeys(label, [...]))`. */
export function addKeys(label: Key, shortcuts: readonly Shortcut[]): () => void {
  const group = { label, shortcuts };
  groups.push(group);
  return () => void groups.splice(groups.indexOf(group), 1);
}

/** All that is there now, in the order in which it came. */
export const listKeys = (): readonly Group[] => groups;

/**
 * Whether letters and signs alone do something, which a person may not want: whoever speaks to the computer, or touches keys
 * by chance (WCAG 2.2, 2.1.4).
 */
export const single = {
  get areOn(): boolean {
    return !isOffHere && kept.read(KEPT) !== "off";
  },
  set areOn(on: boolean) {
    isOffHere = !kept.keep(KEPT, on ? null : "off") && !on;
  },

};

export interface Pressed {
  key: string;
  /** Where the key is, as in `KeyV`, `Digit1`. */
  code?: string;
  ctrlKey: boolean;
  metaKey: boolean;
  altKey: boolean;
  shiftKey: boolean;
}

export const isMac = (): boolean => /Mac|iPhone|iPad/.test(globalThis.navigator?.platform ?? "");

/** Whether what is pressed is meant. A sign is itself, whatever else its keyboard takes to write it. */
export function matches(pressed: Pressed, keys: string, mac = isMac()): boolean {
  const parts = keys === "+" ? ["+"] : keys.split("+");
  const key = parts.pop() ?? "";
  const written = pressed.key === " " ? "Space" : pressed.key;
  // With Alt, a key may write another sign, as ⌥V does.
  const placed = pressed.altKey ? /^(?:Key|Digit)(.)$/.exec(pressed.code ?? "")?.[1] : undefined;
  if (![written, placed].some((each) => each?.toLowerCase() === key.toLowerCase())) return false;
  const mod = parts.includes("Mod");
  const isSign = key.length === 1 && key.toLowerCase() === key.toUpperCase() && !/\d/.test(key);
  return (
    pressed.ctrlKey === (parts.includes("Ctrl") || (mod && !mac)) &&
    pressed.metaKey === (mod && mac) &&
    pressed.altKey === parts.includes("Alt") &&
    (pressed.shiftKey === parts.includes("Shift") || (isSign && !parts.includes("Shift")))
  );
}

const isSingle = (keys: string): boolean => keys.length === 1 || /^Shift\+.$/.test(keys);
const FIELDS = "textarea, select, [contenteditable]:not([contenteditable=false]), input:not([type=checkbox], [type=radio], [type=range], [type=button], [type=submit])";
const PRESSABLE = "button, a[href], summary, input, [role=button], [role^=menuitem], [role=option], [role=tab], [role=switch]";
const MOVABLE = "input[type=range], input[type=radio], [role=slider], [role=menu], [role=listbox], [role=tablist], [role=radiogroup], [role=grid], [role=tree], [role=separator]";

/** Whether a key has a meaning already where the focus is. */
function isTaken(target: Element, keys: string): boolean {
  if (keys === "Space" || keys === "Enter") return target.closest(PRESSABLE) !== null;
  return /^(Shift\+)?(Arrow\w+|Home|End|Page\w+)$/.test(keys) && target.closest(MOVABLE) !== null;
}

function isMeant(event: KeyboardEvent, target: Element, shortcut: Shortcut, keys: string): boolean {
  if (!matches(event, keys) || (isSingle(keys) && !single.areOn)) return false;
  if (target.closest(FIELDS) !== null && !shortcut.inText) return false;
  return !isTaken(target, keys) && (shortcut.when?.() ?? true);
}

function pressed(event: KeyboardEvent): void {
  const target = event.target instanceof Element ? event.target : document.body;
  // What lies behind a dialog is out of reach; a letter that is being composed is none yet.
  // What AltGr writes is text, though some systems tell of it as Ctrl and Alt.
  if (event.defaultPrevented || event.isComposing || event.getModifierState("AltGraph") || document.querySelector("dialog:modal") !== null) return;
  for (const shortcut of groups.toReversed().flatMap((group) => group.shortcuts)) {
    const keys = typeof shortcut.keys === "string" ? [shortcut.keys] : shortcut.keys;
    if (shortcut.isOnlyTold || !keys.some((each) => isMeant(event, target, shortcut, each))) continue;
    event.preventDefault();
    shortcut.run(event);
    return;
  }
}

globalThis.addEventListener?.("keydown", pressed as EventListener);
