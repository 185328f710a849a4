/** Voice settings as they are where nobody says otherwise. Source: GET /v1/voices/settings/default. */
import type { Voice, VoiceSettings } from "../../api/types";

export const DEFAULT_SETTINGS: Readonly<VoiceSettings> = {
  stability: 0.5,
  similarity_boost: 0.75,
  style: 0,
  speed: 1,
  use_speaker_boost: true,
};

/** All five of a voice. */
export function settingsOf(voice: Voice | undefined): VoiceSettings {
  return { ...DEFAULT_SETTINGS, ...voice?.settings };
}
