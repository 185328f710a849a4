/** Languages by their two letters, which the server takes for a project. */

const CODES =
  "af am ar as az be bg bn bs ca cs cy da de el en eo es et eu fa fi fr ga gd gl gu ha he hi hr ht hu hy id ig is it ja ka kk kn ko ku ky la lb lt lv mi mk ml mn mr ms mt my nb ne nl nn no or pa pl ps pt qu ro ru sd si sk sl so sq sr sv sw ta te th tk tl tr tt uk ur uz vi yo zh zu".split(
    " ",
  );

/** Codes and names in the language of the page, by name. known: one more, which a document has. */
export function languages(of: string, known: string): [string, string][] {
  const names = new Intl.DisplayNames([of], { type: "language" });
  const codes = new Set(known ? [...CODES, known] : CODES);
  return [...codes].map((code): [string, string] => [code, nameOf(names, code)]).sort(([, one], [, other]) => one.localeCompare(other, of));
}

function nameOf(names: Intl.DisplayNames, code: string): string {
  try {
    return names.of(code) ?? code;
  } catch {
    return code;
  }
}
