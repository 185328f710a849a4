"""Which chapters and kinds of blocks are narrated, as somebody at a command line says it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

from rhapsode.studio.document import BlockKind
from rhapsode.studio.errors import UnknownChapters
from rhapsode.studio.project import Chapter


@dataclass(frozen=True, slots=True)
class Selection:
    """What to narrate; empty means what the import proposes.

    chapters: ordinals and ranges, 1 for the first ("1-3,7"): exactly these.
    include, exclude: names of chapters (or parts of names), roles ("preface"), parts of the book ("front",
      "body", "back") or kinds of blocks ("note", "caption", "table"...), added to and taken from that.
    """

    chapters: str | None = None
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()


def select(chapters: Sequence[Chapter], selection: Selection) -> tuple[Chapter, ...]:
    """The same chapters, each and each block marked as narrated or not.

    Raises: UnknownChapters, when a part of the selection fits nothing.
    """
    selected = tuple(chapters)
    if selection.chapters is not None:
        wanted = parse_ordinals(selection.chapters, len(chapters))
        selected = tuple(
            replace(chapter, narrated=index in wanted) for index, chapter in enumerate(selected, start=1)
        )
    for term in selection.include:
        selected = _mark(selected, term, narrated=True)
    for term in selection.exclude:
        selected = _mark(selected, term, narrated=False)
    return selected


def parse_ordinals(text: str, count: int) -> set[int]:
    """The ordinals, from 1 to `count`, that somebody lists ("1-3,7"). Raises: UnknownChapters."""
    found: set[int] = set()
    for item in text.split(","):
        first, dash, last = item.strip().partition("-")
        try:
            start = int(first)
            end = start if not dash else int(last) if last.strip() else count
        except ValueError:
            msg = f"'{item.strip()}' is neither a chapter's number nor a range such as 2-5."
            raise UnknownChapters(msg) from None
        if not 1 <= start <= end <= count:
            msg = f"'{item.strip()}' isn't in the book, whose chapters are numbered 1 to {count}."
            raise UnknownChapters(msg)
        found |= set(range(start, end + 1))
    return found


def _mark(chapters: Sequence[Chapter], term: str, *, narrated: bool) -> tuple[Chapter, ...]:
    kind, wanted = _block_kind(term), term.casefold().strip()
    if kind is None:
        fits = _chapter_test(chapters, wanted)
    else:
        chapters = [_mark_blocks(chapter, kind, narrated=narrated) for chapter in chapters]
        # "notes" are also the chapter of that name, where a book has one.
        fits = partial(_is_called, wanted)
    return tuple(replace(c, narrated=narrated) if fits(c) else c for c in chapters)


def _block_kind(term: str) -> BlockKind | None:
    singular = term.casefold().strip().replace(" ", "_").removesuffix("s")
    return next((kind for kind in BlockKind if kind.value == singular), None)


def _mark_blocks(chapter: Chapter, kind: BlockKind, *, narrated: bool) -> Chapter:
    blocks = tuple(replace(b, narrated=narrated) if b.kind is kind else b for b in chapter.blocks)
    return replace(chapter, blocks=blocks)


def _is_called(name: str, chapter: Chapter) -> bool:
    return chapter.name.casefold() == name


def _chapter_test(chapters: Sequence[Chapter], term: str) -> Callable[[Chapter], bool]:
    """The narrowest reading that fits any chapter: its whole name, then its role or part, then part of its name."""
    readings: tuple[Callable[[Chapter], bool], ...] = (
        partial(_is_called, term),
        lambda chapter: term in (chapter.role.casefold(), chapter.matter.value),
        lambda chapter: term in chapter.name.casefold(),
    )
    for reading in readings:
        if term and any(map(reading, chapters)):
            return reading
    msg = f"No chapter is called or is a '{term}'. `--list` shows the book's chapters."
    raise UnknownChapters(msg)
