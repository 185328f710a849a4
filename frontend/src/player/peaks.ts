/** A waveform as the server has measured it, in steps that are coarse enough for any view of it. */

export interface PeaksAnswer {
  samples_per_peak: number;
  sample_rate_hz: number;
  peak_count: number;
  /** base64 of a byte each; 255 is full scale. */
  peaks: string;
}

export interface Peaks {
  peaksPerSecond: number;
  /** The peaks themselves, then the largest of each two of those before. */
  levels: readonly Uint8Array[];
  /** The largest of all, by which a quiet recording is drawn as high as a loud one. */
  largest: number;
}

export function peaksOf(answer: PeaksAnswer): Peaks {
  const finest = Uint8Array.from(atob(answer.peaks), (character) => character.charCodeAt(0));
  const levels: Uint8Array[] = [finest];
  for (let last: Uint8Array = finest; last.length > 1024; levels.push(last)) last = halved(last);
  const largest = (levels.at(-1) ?? finest).reduce((most, peak) => Math.max(most, peak), 1);
  return { peaksPerSecond: answer.sample_rate_hz / answer.samples_per_peak, levels, largest };
}

function halved(peaks: Uint8Array): Uint8Array {
  return Uint8Array.from({ length: Math.ceil(peaks.length / 2) }, (_, at) => Math.max(peaks[2 * at] ?? 0, peaks[2 * at + 1] ?? 0));
}

/** The largest peak in each of so many columns of a stretch of time, 0 to 1 of the largest of all. */
export function columnsOf(peaks: Peaks, from_s: number, to_s: number, count: number): Float32Array {
  const perColumn = ((to_s - from_s) * peaks.peaksPerSecond) / count;
  // Two to four values for each column: few to look at, and none is missed.
  const depth = Math.min(peaks.levels.length - 1, Math.max(0, Math.floor(Math.log2(perColumn / 2))));
  const level = peaks.levels[depth] ?? new Uint8Array();
  const scale = peaks.peaksPerSecond / 2 ** depth;
  return Float32Array.from({ length: count }, (_, column) => {
    const at = (edge: number): number => (from_s + ((to_s - from_s) * edge) / count) * scale;
    const first = Math.max(0, Math.floor(at(column)));
    const end = Math.min(level.length, Math.max(first + 1, Math.ceil(at(column + 1))));
    let most = 0;
    for (let peak = first; peak < end; peak += 1) most = Math.max(most, level[peak] ?? 0);
    return most / peaks.largest;
  });
}
