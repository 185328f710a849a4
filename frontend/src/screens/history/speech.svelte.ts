/** Have a text or a dialogue spoken and kept in history. What was typed stays when one goes elsewhere and comes back. */
import { ask, askResponse, type Options } from "../../api/client";
import type { HistoryItem, VoiceSettings } from "../../api/types";
import { DEFAULT_SETTINGS } from "../voices/settings";
import type { OutputFormat } from "./formats";

export interface Line {
  /** Nothing but a key for the list. */
  id: number;
  voice: string;
  text: string;
}

class TextDraft {
  text = $state("");
  voice = $state("");
  model = $state("eleven_multilingual_v2");
  language = $state("");
  format = $state<OutputFormat>("mp3_44100_128");
  hasOwnSettings = $state(false);
  settings = $state<VoiceSettings>({ ...DEFAULT_SETTINGS });
}

class DialogueDraft {
  lines = $state<Line[]>([]);
  model = $state("eleven_v3");
  language = $state("");
  format = $state<OutputFormat>("mp3_44100_128");
  stability = $state(0.5);
  private last = 0;

  /** Put a line there, spoken by whoever spoke the line before the last one: two often take turns. */
  insert(at: number, fallback: string, text = ""): Line {
    this.last += 1;
    const voice = this.lines[at - 2]?.voice ?? this.lines[at - 1]?.voice ?? fallback;
    const line = { id: this.last, voice, text };
    this.lines.splice(at, 0, line);
    return line;
  }

  move(at: number, to: number): void {
    const [line] = this.lines.splice(at, 1);
    if (line) this.lines.splice(to, 0, line);
  }
}

export const textDraft = new TextDraft();
export const dialogueDraft = new DialogueDraft();

export function speakText(signal: AbortSignal): Promise<HistoryItem | null> {
  const { text, voice, model, language, format, hasOwnSettings, settings } = textDraft;
  return speak(`/v1/text-to-speech/${encodeURIComponent(voice)}`, {
    query: { output_format: format },
    json: { text, model_id: model, language_code: language || null, voice_settings: hasOwnSettings ? settings : null },
    signal,
  });
}

export function speakDialogue(signal: AbortSignal): Promise<HistoryItem | null> {
  const { lines, model, language, format, stability } = dialogueDraft;
  return speak("/v1/text-to-dialogue", {
    query: { output_format: format },
    json: {
      inputs: lines.filter((line) => line.text.trim()).map((line) => ({ text: line.text, voice_id: line.voice })),
      model_id: model,
      language_code: language || null,
      settings: { stability },
    },
    signal,
  });
}

/** The item that was made; null where the server keeps none. Throws: ApiError. */
async function speak(path: string, options: Options): Promise<HistoryItem | null> {
  const response = await askResponse(path, { ...options, method: "POST", headers: { accept: "*/*" } });
  // The item is there when its audio is at an end; the audio itself is had from there.
  const reader = response.body?.getReader();
  while (reader && !(await reader.read()).done);
  const id = response.headers.get("history-item-id");
  return id === null ? null : ask<HistoryItem>(`/v1/history/${id}`);
}
