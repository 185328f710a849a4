/** Hearing the chapter from where one is. */
import { player } from "../../player/player.svelte";
import { attempt } from "../../state/notices.svelte";
import type { Manuscript } from "./manuscript.svelte";

/** Play from the caret on, with everything that was typed. */
export async function playFrom(manuscript: Manuscript): Promise<void> {
  const caret = manuscript.caret ?? { blockId: manuscript.list.first?.id ?? "", start: 0 };
  await attempt(async () => {
    await manuscript.flush();
    await player.playChapter(manuscript.projectId, manuscript.chapterId, { fromBlockId: caret.blockId, fromUnit: caret.start });
  });
}
