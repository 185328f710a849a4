/** Positions in texts: code points, which the API counts, and UTF-16 units, which JavaScript does. */

/** The unit at which a code point begins. Fast for texts without characters beyond the first plane. */
export function unitOf(text: string, point: number): number {
  if (!/[\ud800-\udbff]/.test(text)) return point;
  let unit = 0;
  for (let passed = 0; passed < point && unit < text.length; passed += 1) unit += (text.codePointAt(unit) ?? 0) > 0xffff ? 2 : 1;
  return unit;
}

/** The number of code points before a unit. */
export function pointOf(text: string, unit: number): number {
  return /[\ud800-\udbff]/.test(text) ? [...text.slice(0, unit)].length : unit;
}
