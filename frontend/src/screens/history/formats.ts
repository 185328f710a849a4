/** Output formats by the names of the API, and as people call them. */
import type { operations } from "../../api/schema";

/** As the API spells them; the types hold that none is missing and none too many. */
export type OutputFormat = NonNullable<NonNullable<operations["text_to_speech_full"]["parameters"]["query"]>["output_format"]>;

const known: Record<OutputFormat, true> = {
  mp3_44100_128: true,
  mp3_44100_192: true,
  mp3_44100_96: true,
  mp3_44100_64: true,
  mp3_44100_32: true,
  mp3_24000_48: true,
  mp3_22050_32: true,
  opus_48000_192: true,
  opus_48000_128: true,
  opus_48000_96: true,
  opus_48000_64: true,
  opus_48000_32: true,
  wav_48000: true,
  wav_44100: true,
  wav_32000: true,
  wav_24000: true,
  wav_22050: true,
  wav_16000: true,
  wav_8000: true,
  pcm_48000: true,
  pcm_44100: true,
  pcm_32000: true,
  pcm_24000: true,
  pcm_22050: true,
  pcm_16000: true,
  pcm_8000: true,
  ulaw_8000: true,
  alaw_8000: true,
};

export const OUTPUT_FORMATS = Object.keys(known) as OutputFormat[];

const codecs: Record<string, string> = { mp3: "MP3", opus: "Opus", wav: "WAV", pcm: "PCM", ulaw: "µ-law", alaw: "A-law" };

/** As in "MP3, 44.1 kHz, 128 kbit/s". */
export function formatName(name: string): string {
  const [codec = "", rate, bitrate] = name.split("_");
  const parts = [codecs[codec] ?? codec, rate && `${Number(rate) / 1000} kHz`, bitrate && `${bitrate} kbit/s`];
  return parts.filter(Boolean).join(", ");
}

/** Whether browsers can play it: not bare samples, which tell nobody what they are. */
export function isPlayable(format: string | null): boolean {
  return !/^(pcm|ulaw|alaw)_/.test(format ?? "");
}
