"""Sentences that have an element to clips of audio: each ends where the next begins, so that nothing goes unheard."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from rhapsode.documents.readalong.smil import Clip, Section


@dataclass(frozen=True, slots=True)
class Mark:
    """An element of a page, and when it begins to be heard in its chapter.

    page: number of the page.    order: of what it stands in on its page.
    """

    page: int
    order: int
    element_id: str
    start_ms: int
    section: Section
    kind: str | None = None
    chapter_kind: str | None = None


def clips_of(chapter: int, marks: Sequence[Mark], duration_ms: int) -> list[tuple[Mark, Clip]]:
    """A chapter's marks that are heard, each with its clip: together they are its whole file.

    The first begins with the file. What has no element is heard with what comes before it, and an element that begins
    when another one does isn't lit up.
    """
    kept = list(_rising(marks, duration_ms))
    if not kept:
        return []
    kept[0] = replace(kept[0], start_ms=0)
    ends = [*(mark.start_ms for mark in kept[1:]), duration_ms]
    return [
        (
            mark,
            Clip(
                mark.element_id,
                chapter,
                mark.start_ms,
                end_ms,
                mark.section,
                mark.kind,
                mark.chapter_kind,
            ),
        )
        for mark, end_ms in zip(kept, ends, strict=True)
    ]


def _rising(marks: Sequence[Mark], duration_ms: int) -> Iterator[Mark]:
    last_ms, last_element = -1, None
    for mark in marks:
        element = mark.page, mark.element_id
        if last_ms < mark.start_ms < duration_ms and element != last_element:
            yield mark
            last_ms, last_element = mark.start_ms, element
