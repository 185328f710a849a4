"""What is narrated, as somebody at a command line says it."""

from dataclasses import replace

import pytest
from tests.factories import make_block, make_chapter

from rhapsode.authoring.selection import Selection, select
from rhapsode.studio.document import BlockKind, Matter
from rhapsode.studio.errors import UnknownChapters
from rhapsode.studio.project import Chapter

NOTE = make_block("See below.", kind=BlockKind.NOTE, narrated=False)
CAPTION = make_block("The quay.", kind=BlockKind.CAPTION, narrated=False)
BOOK = (
    replace(make_chapter("1990.", name="Imprint", narrated=False), matter=Matter.FRONT, role="imprint"),
    replace(make_chapter("For A.", name="A Word Before"), matter=Matter.FRONT, role="preface"),
    make_chapter("It rained.", NOTE, CAPTION, name="Rain"),
    make_chapter("It rained again.", name="More Rain"),
    replace(make_chapter("Endnotes.", name="Notes", narrated=False), matter=Matter.BACK, role="endnotes"),
)


def narrated(chapters: tuple[Chapter, ...]) -> list[str]:
    return [chapter.name for chapter in chapters if chapter.narrated]


def selected(
    chapters: str | None = None, include: tuple[str, ...] = (), exclude: tuple[str, ...] = ()
) -> tuple[Chapter, ...]:
    return select(BOOK, Selection(chapters, include, exclude))


def test_an_empty_selection_leaves_what_the_import_proposes() -> None:
    """Nothing said, nothing changed."""
    assert selected() == BOOK


@pytest.mark.parametrize(
    ("chapters", "names"),
    [
        ("1", ["Imprint"]),
        ("2-3", ["A Word Before", "Rain"]),
        ("4-", ["More Rain", "Notes"]),
        (" 1 , 3 - 4 ", ["Imprint", "Rain", "More Rain"]),
        ("3,3,2-4", ["A Word Before", "Rain", "More Rain"]),
    ],
)
def test_ordinals_are_exactly_what_is_narrated(chapters: str, names: list[str]) -> None:
    """Numbers and ranges count from 1, and replace the import's proposal."""
    assert narrated(selected(chapters)) == names


@pytest.mark.parametrize("chapters", ["0", "6", "3-2", "2-9", "two", "1-2-3", "", "1,", "-2", "1-x"])
def test_ordinals_that_name_no_chapter_are_refused(chapters: str) -> None:
    """The message quotes the part that is wrong."""
    with pytest.raises(UnknownChapters, match=r"'.*'"):
        selected(chapters)


@pytest.mark.parametrize(
    ("term", "names"),
    [
        ("rain", ["Rain"]),
        ("MORE", ["More Rain"]),
        ("preface", ["A Word Before"]),
        ("imprint", ["Imprint"]),
        ("front", ["Imprint", "A Word Before"]),
        ("body", ["Rain", "More Rain"]),
        (" word before ", ["A Word Before"]),
    ],
)
def test_a_term_is_read_as_narrowly_as_it_fits(term: str, names: list[str]) -> None:
    """A whole name comes first, then a role or part of the book, then a part of a name."""
    none = tuple(replace(chapter, narrated=False) for chapter in BOOK)
    assert narrated(select(none, Selection(include=(term,)))) == names
    every = tuple(replace(chapter, narrated=True) for chapter in BOOK)
    left = [chapter.name for chapter in BOOK if chapter.name not in names]
    assert narrated(select(every, Selection(exclude=(term,)))) == left


@pytest.mark.parametrize("term", ["caption", "Captions"])
def test_kinds_of_blocks_are_named_in_singular_or_plural(term: str) -> None:
    """The kind is narrated wherever it occurs, and nothing else changes."""
    chapters = selected(include=(term,))
    assert [block.narrated for block in chapters[2].blocks] == [True, False, True]
    assert narrated(chapters) == narrated(BOOK)


def test_notes_are_also_the_chapter_of_that_name() -> None:
    """A kind of block that is a chapter's name too means both."""
    chapters = selected(include=("notes",))
    assert [block.narrated for block in chapters[2].blocks] == [True, True, False]
    assert narrated(chapters) == ["A Word Before", "Rain", "More Rain", "Notes"]


def test_exclusion_has_the_last_word() -> None:
    """What is included and excluded is not narrated."""
    assert narrated(selected("2-4", include=("imprint",), exclude=("front",))) == ["Rain", "More Rain"]


@pytest.mark.parametrize("term", ["prologue", "", "  ", "Rainy"])
def test_a_term_that_fits_nothing_is_refused(term: str) -> None:
    """A slip of the pen mustn't go unnoticed for an hour of narration."""
    with pytest.raises(UnknownChapters, match="--list"):
        selected(exclude=(term,))
