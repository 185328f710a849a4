/** Have a short text spoken that nobody wants to keep, and voices' own samples. */
import { askBlob, ownAddress } from "../../api/client";
import type { Voice, VoiceSettings } from "../../api/types";
import { player } from "../../player/player.svelte";

/** Where the sample of a voice is had: on this very server, whatever name the server gives itself. */
export function previewAddress(voice: Voice): string | null {
  return ownAddress(voice.preview_url ?? "");
}

export interface DictionaryVersion {
  pronunciation_dictionary_id: string;
  /** null for the latest. */
  version_id?: string | null;
}

export interface Trial {
  voiceId: string;
  text: string;
  title: string;
  settings?: VoiceSettings;
  dictionaryId?: string;
  /** Several dictionaries, or a version of one, in the order in which they hold. */
  dictionaries?: readonly DictionaryVersion[];
  signal?: AbortSignal;
}

/** Speak it and play it; history has nothing of it. Throws: ApiError. */
export async function tryOut(trial: Trial): Promise<void> {
  const locators = trial.dictionaries ?? (trial.dictionaryId ? [{ pronunciation_dictionary_id: trial.dictionaryId }] : []);
  const audio = await askBlob(`/v1/text-to-speech/${encodeURIComponent(trial.voiceId)}`, {
    method: "POST",
    query: { enable_logging: false },
    headers: { accept: "audio/mpeg" },
    json: {
      text: trial.text,
      ...(trial.settings ? { voice_settings: trial.settings } : {}),
      ...(locators.length ? { pronunciation_dictionary_locators: locators } : {}),
    },
    ...(trial.signal ? { signal: trial.signal } : {}),
  });
  await player.playFile({ url: kept(audio), title: trial.title, subtitle: trial.text });
}

let last: string | undefined;

/** An address of the browser's own. The one before is given back, for the player has left it. */
function kept(audio: Blob): string {
  const before = last;
  last = URL.createObjectURL(audio);
  if (before) URL.revokeObjectURL(before);
  return last;
}
