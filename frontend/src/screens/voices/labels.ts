/** Labels of a voice as rows of a table, which may be half filled in, and back. */
export interface LabelRow {
  name: string;
  value: string;
}

/** The language is told by the server itself, and no label to change. */
export function rowsOf(labels: Readonly<Record<string, string>>): LabelRow[] {
  return Object.entries(labels).flatMap(([name, value]) => (name === "language" ? [] : [{ name, value }]));
}

export function labelsOf(rows: readonly LabelRow[]): Record<string, string> {
  return Object.fromEntries(rows.flatMap(({ name, value }) => (name.trim() ? [[name.trim(), value.trim()]] : [])));
}

export type VoiceField = "name" | "description" | "labels" | "license" | "files";

const said: [VoiceField, RegExp][] = [
  ["name", /\bvoice's name\b|^name:/],
  ["description", /\bdescription\b/i],
  ["license", /\blicen[cs]e\b/i],
  ["labels", /\blabels?\b/i],
];

/** Which field the server's words are about; files, where they are about nothing else. */
export function fieldOf(message: string): VoiceField {
  return said.find(([, pattern]) => pattern.test(message))?.[0] ?? "files";
}
