"""A server's conversions without its wire: a book that is converted slowly, and changed meanwhile.

Run as a program, it asks for two conversions of one book, the second while the first runs, and converts until it is
killed: `queue_child.py RUNNER ROOT`. Started again, it goes on with what is left.
"""

import sys
import time
from collections.abc import Callable
from pathlib import Path

from tests.conformance.runner_child import RUNNERS, WORKSPACE
from tests.factories import Studio, ThisProcess, make_document, make_document_chapter, open_studio

from rhapsode.rendering import plan
from rhapsode.rendering.render_jobs import RenderJob, RenderResult
from rhapsode.rendering.sweeper import ConversionSweeper
from rhapsode.studio.document import Document

# Less than a server makes at once: what takes time is to encode it.
_SLICE_COST_CHARACTERS = 300
# Each chapter is more than a slice: two paragraphs of 150 characters at least, and one more.
_CHAPTERS = 3
_WAVES = 10
_RENDER_S = 1.0


def book(last_words: str) -> Document:
    """A book whose last chapter ends with some words."""
    texts = [
        " ".join(f"Wave {number} of {place} {chapter}." for number in range(_WAVES))
        for chapter in range(_CHAPTERS)
        for place in ("bay", "cape")
    ]
    return make_document(
        *(
            make_document_chapter(*texts[2 * chapter : 2 * chapter + 2], ending, name=f"Part {chapter}")
            for chapter, ending in enumerate([*["It was calm."] * (_CHAPTERS - 1), last_words])
        )
    )


BEFORE, AFTER = book("It was night."), book("It was day.")


class SlowPool(ThisProcess):
    """A pool that takes its time."""

    def render(self, job: RenderJob, check: Callable[[], None] = lambda: None) -> RenderResult:
        """See `RenderPool.render`."""
        time.sleep(_RENDER_S)
        return super().render(job, check)


def convert_all(studio: Studio, name: str, root: Path) -> ConversionSweeper:
    """Begin to run what is asked for."""
    sweeper = ConversionSweeper(studio.records, studio.rendering, RUNNERS[name](root))
    sweeper.start()
    return sweeper


def main(name: str, root: str) -> None:
    """Convert until somebody ends this process."""
    plan.SLICE_COST_CHARACTERS = _SLICE_COST_CHARACTERS
    with open_studio(Path(root), SlowPool(1)) as studio:
        if not studio.rendering.list_unfinished(WORKSPACE):
            studio.request(BEFORE)
        convert_all(studio, name, Path(root))
        while studio.rendering.list_unfinished(WORKSPACE)[0].state != "converting":
            time.sleep(0.01)
        if len(studio.rendering.list_unfinished(WORKSPACE)) == 1:
            studio.request(AFTER)
        time.sleep(600)


if __name__ == "__main__":
    main(*sys.argv[1:])
