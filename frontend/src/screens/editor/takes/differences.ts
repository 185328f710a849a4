/** In what a take differs from what its paragraph says now. */
import type { Model } from "../../../api/types";
import type { Content } from "../content";

export type Take = Model<"TakeModel">;
export type Difference = "text" | "voice";

/** defaultVoice: of what has no voice of its own. A take that nobody knows the text of differs in nothing. */
export function differences(take: Take, { text, runs }: Content, defaultVoice: string | undefined): Difference[] {
  if (take.text === null) return [];
  const said: { text: string; voiceId: string | undefined }[] = [];
  let start = 0;
  for (const { end, voiceId } of runs) {
    said.push({ text: text.slice(start, end).trim(), voiceId: voiceId ?? defaultVoice });
    start = end;
  }
  const same = said.filter((part) => part.text === take.text?.trim());
  if (!same.length) return ["text"];
  return take.voice_id === null || same.some((part) => part.voiceId === take.voice_id) ? [] : ["voice"];
}
