/** Identifiers that the page chooses: 20 digits and letters, as the server's own. */
const DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

export function newId(): string {
  let id = "";
  while (id.length < 20) {
    for (const byte of crypto.getRandomValues(new Uint8Array(32)))
      // The rest of a byte would make some digits likelier than others.
      if (byte < DIGITS.length * 4 && id.length < 20) id += DIGITS[byte % DIGITS.length];
  }
  return id;
}
