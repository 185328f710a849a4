/** What a project can be made of. */

export type Source = { kind: "file"; file: File } | { kind: "url"; url: string } | { kind: "text"; text: string };

/** What the file chooser offers. The server goes by what is in a file, and says what it can't read. */
export const ACCEPTED = ".epub,.pdf,.docx,.docm,.dotx,.html,.htm,.xhtml,.md,.markdown,.txt,.text";

/** What was dropped or pasted; null where there is nothing to read in it. */
export function sourceOf(files: readonly File[], text: string): Source | null {
  const [file] = files;
  if (file) return { kind: "file", file };
  const said = text.trim();
  if (!said) return null;
  return isAddress(said) ? { kind: "url", url: said } : { kind: "text", text: said };
}

export function isAddress(text: string): boolean {
  return /^https?:\/\/\S+$/i.test(text) && URL.canParse(text);
}

/** Typed text as a file, which both the preview and the project are made of. Marked headings make it Markdown. */
export function fileOf(text: string): File {
  const isMarkdown = /^#{1,6} \S/m.test(text);
  return new File([text], isMarkdown ? "text.md" : "text.txt", { type: isMarkdown ? "text/markdown" : "text/plain" });
}

/** The source as a form has it. */
export function putSource(form: FormData, source: Source): void {
  if (source.kind === "url") form.set("from_url", source.url.trim());
  else form.set("from_document", source.kind === "file" ? source.file : fileOf(source.text));
}

/** What a project is called as long as nobody says otherwise. title: of the document. */
export function nameOf(source: Source, title: string | null): string {
  if (source.kind === "file") return title ?? (source.file.name.replace(/\.[^.]+$/, "").replaceAll("_", " ") || source.file.name);
  if (source.kind === "url") return title ?? (URL.canParse(source.url) ? new URL(source.url).hostname : source.url);
  const line = source.text.trim().split("\n", 1)[0] ?? "";
  return line.replace(/^#+\s*/, "").slice(0, 80).trim();
}
