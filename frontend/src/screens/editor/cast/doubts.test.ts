import { describe, expect, it } from "vitest";

import { isDoubtful, type Quotation } from "./doubts";

const quotation = (rule: string, confidence: number, character_id: string | null = "pask"): Quotation => ({ node_id: "n", block_id: "b", text: "“Never.”", rule, confidence, character_id });

describe("isDoubtful", () => {
  it("is what is likely to be wrong, and what nobody is known to say", () => {
    expect(isDoubtful(quotation("name", 0.98))).toBe(false);
    expect(isDoubtful(quotation("nearby", 0.5))).toBe(true);
    expect(isDoubtful(quotation("turns", 0.9, null))).toBe(true);
  });
  it("is nothing that a person has said", () => {
    expect(isDoubtful(quotation("said", 0.1, null))).toBe(false);
  });
});
