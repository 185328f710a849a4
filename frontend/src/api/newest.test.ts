import { expect, it } from "vitest";

import { Newest } from "./newest";

it("the answer to an older question is left out, whenever it comes", async () => {
  const newest = new Newest();
  const answers: ((answer: string) => void)[] = [];
  const used: string[] = [];
  const asked = ["first chapter", "second chapter"].map(() => newest.ask(() => new Promise<string>((resolve) => answers.push(resolve)), (answer) => used.push(answer)));
  answers[1]?.("second chapter");
  answers[0]?.("first chapter");
  await Promise.all(asked);
  expect(used).toEqual(["second chapter"]);
});
