/** What the system shows of what is heard, and the keys and headsets that it hears: Media Session. */
import { player } from "./player.svelte";

const SKIP_S = 10;

/** The system's keys do what those of the bar do. Returns what ends it. */
export function answerSystem(): () => void {
  if (!("mediaSession" in navigator)) return () => undefined;
  const actions: [MediaSessionAction, MediaSessionActionHandler][] = [
    ["play", () => player.play()],
    ["pause", () => player.pause()],
    ["stop", () => player.stop()],
    ["seekbackward", ({ seekOffset }) => player.skip(-(seekOffset ?? SKIP_S))],
    ["seekforward", ({ seekOffset }) => player.skip(seekOffset ?? SKIP_S)],
    ["seekto", ({ seekTime }) => seekTime !== undefined && player.seek(seekTime)],
    ["previoustrack", () => player.skipChapter(-1)],
    ["nexttrack", () => player.skipChapter(1)],
  ];
  for (const [action, handler] of actions) handle(action, handler);
  return () => {
    for (const [action] of actions) handle(action, null);
    navigator.mediaSession.metadata = null;
    navigator.mediaSession.playbackState = "none";
  };
}

function handle(action: MediaSessionAction, handler: MediaSessionActionHandler | null): void {
  try {
    navigator.mediaSession.setActionHandler(action, handler);
  } catch {
    // Not every browser knows every action.
  }
}

export function tellSystemWhat(title: string, album: string, artist: string, coverUrl: string | null): void {
  if (!("mediaSession" in navigator)) return;
  navigator.mediaSession.metadata = new MediaMetadata({ title, album, artist, artwork: coverUrl ? [{ src: coverUrl }] : [] });
}

export function tellSystemWhere(isPlaying: boolean, position_s: number, duration_s: number, rate: number): void {
  if (!("mediaSession" in navigator)) return;
  navigator.mediaSession.playbackState = isPlaying ? "playing" : "paused";
  if (duration_s > 0) navigator.mediaSession.setPositionState?.({ duration: duration_s, position: Math.min(position_s, duration_s), playbackRate: rate });
}
