/** Which quotations a person should look at. */
import type { Model } from "../../../api/types";

export type Cast = Model<"CastModel">;
export type Character = Cast["characters"][number];
export type Quotation = Model<"QuotationList">["quotations"][number];

/** Below this, one in several is wrong; what a person has said is never in doubt. */
const SURE = 0.75;

export function isDoubtful({ rule, confidence, character_id }: Quotation): boolean {
  return rule !== "said" && (confidence < SURE || character_id === null);
}

/** Everybody whom a character may be as well: all but itself. */
export function othersThan(character: Character, all: readonly Character[]): Character[] {
  return all.filter((other) => other.character_id !== character.character_id);
}
