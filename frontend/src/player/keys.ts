/** The keys of what is heard. They do nothing while there is nothing to hear. */
import type { Shortcut } from "../state/keys";
import { player } from "./player.svelte";
import { rateFrom } from "./preferences.svelte";

const NEAR_S = 5;
const FAR_S = 10;
const LOUDER = 0.1;

export function listeningKeys(toggleText: () => void): Shortcut[] {
  const keys: Omit<Shortcut, "when">[] = [
    { keys: ["Space", "K"], label: "player.playOrPause", run: () => player.toggle() },
    // Whoever corrects while listening needn't leave the text to stop it.
    { keys: "Ctrl+Shift+Space", label: "player.playOrPause", inText: true, run: () => player.toggle() },
    { keys: "J", label: "player.back", run: () => player.skip(-FAR_S) },
    { keys: "L", label: "player.ahead", run: () => player.skip(FAR_S) },
    { keys: "ArrowLeft", label: "player.secondsBack", run: () => player.skip(-NEAR_S) },
    { keys: "ArrowRight", label: "player.secondsAhead", run: () => player.skip(NEAR_S) },
    { keys: ",", label: "player.previousWord", run: () => player.skipWord(-1) },
    { keys: ".", label: "player.nextWord", run: () => player.skipWord(1) },
    { keys: "Shift+ArrowLeft", label: "player.previousParagraph", run: () => player.skipParagraph(-1) },
    { keys: "Shift+ArrowRight", label: "player.nextParagraph", run: () => player.skipParagraph(1) },
    { keys: "Mod+Shift+ArrowLeft", label: "player.previousChapter", run: () => player.skipChapter(-1) },
    { keys: "Mod+Shift+ArrowRight", label: "player.nextChapter", run: () => player.skipChapter(1) },
    { keys: "<", label: "player.slower", run: () => player.setRate(rateFrom(player.rate, -1)) },
    { keys: ">", label: "player.faster", run: () => player.setRate(rateFrom(player.rate, 1)) },
    { keys: "Shift+ArrowDown", label: "player.quieter", run: () => player.setVolume(player.listening.volume - LOUDER) },
    { keys: "Shift+ArrowUp", label: "player.louder", run: () => player.setVolume(player.listening.volume + LOUDER) },
    { keys: "M", label: "player.mute", run: () => player.mute() },
    { keys: "T", label: "player.showText", run: toggleText },
  ];
  return keys.map((key) => ({ ...key, when: () => player.sound !== null }));
}

/** What the waveform does while it has the focus. */
export const waveformKeys: readonly Shortcut[] = [
  { keys: ["PageDown", "PageUp"], label: "player.farther", run: () => undefined, isOnlyTold: true },
  { keys: ["Home", "End"], label: "player.edges", run: () => undefined, isOnlyTold: true },
  { keys: ["+", "-", "0"], label: "player.zoom", run: () => undefined, isOnlyTold: true },
];
