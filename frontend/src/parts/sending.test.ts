import { describe, expect, it, vi } from "vitest";

import { Sending } from "./sending.svelte";

describe("Sending", () => {
  it("sends what is on its way once, and says what was said against it until it is sent again", async () => {
    const answers: ((problem?: Error) => void)[] = [];
    const form = new Sending(() => new Promise<void>((resolve, reject) => answers.push((problem) => (problem ? reject(problem) : resolve()))));
    const event = { preventDefault: vi.fn() } as unknown as SubmitEvent;
    form.submit(event);
    form.submit(event);
    expect([answers.length, form.isBusy]).toEqual([1, true]);
    answers[0]?.(new Error("A name is needed."));
    await vi.waitFor(() => expect([form.isBusy, form.problem]).toEqual([false, "A name is needed."]));
    form.submit(event);
    expect([form.isBusy, form.problem]).toEqual([true, ""]);
  });
});
