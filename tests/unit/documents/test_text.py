"""Plain text: paragraphs, headings, scenes and verse, as files set them apart."""

import time
from pathlib import Path

import pytest

from rhapsode.documents.text import read_text
from rhapsode.studio.document import BlockKind, Document
from rhapsode.studio.errors import DocumentRefused
from rhapsode.studio.limits import MAX_TEXT_CHARACTERS


def _told(document: Document) -> list[str]:
    lines = []
    for chapter in document.chapters:
        silent = "" if chapter.narrated else ", silent"
        lines.append(f"# {chapter.name} ({chapter.role}, {chapter.matter.value}{silent})")
        lines += [f"{b.kind.value}: {b.text.replace(chr(10), '|')}".rstrip() for b in chapter.blocks]
    return lines + [f"left out: {item.what}" for item in document.left_out]


def _paragraphs(text: str) -> list[str]:
    return [block.text for chapter in read_text(text.encode()).chapters for block in chapter.blocks]


def test_a_whole_book(data: Path) -> None:
    """A book as Project Gutenberg sets it yields its chapters, told in lamp.expected.txt."""
    document = read_text((data / "lamp.txt").read_bytes())

    assert _told(document) == (data / "lamp.expected.txt").read_text("utf-8").splitlines()
    assert (document.title, document.author) == ("The Lamp", "Ann Lee")


@pytest.mark.parametrize(
    "heading",
    [
        "Chapter 1",
        "CHAPTER XIV.",
        "Chapter Twenty-One",
        "CHAPTER THE FIRST",
        "Chapter 2: The Hill",
        "CHAPTER III THE STORM.",
        "Part One",
        "BOOK II",
        "Kapitel 7",
        "Drittes Kapitel",
        "Глава 5",
        "第三章",
        "第１２章 帰郷",
        "Prologue",
        "Vorwort",
    ],
)
def test_headings_that_stand_alone(heading: str) -> None:
    """Numbered and named headings in several languages begin a chapter."""
    document = read_text(f"Before.\n\n{heading}\n\nText of the chapter goes on.".encode())

    assert [chapter.name for chapter in document.chapters][1:] == [heading]


@pytest.mark.parametrize(
    "line",
    [
        "Chapter 5 was the best of them",
        "chapter 2",
        "Part of me",
        "I",
        "Book it, said Tom",
        "Chapter 3 The Hill was long and nobody would have thought of climbing it in that heat, least of all Ann",
        "The preface",
    ],
)
def test_lines_that_only_look_like_headings(line: str) -> None:
    """A sentence about a chapter, a lone "I" and a long line are text."""
    assert len(read_text(f"Before.\n\n{line}\n\nAfter it all.".encode()).chapters) == 1


def test_bare_numbers_count_only_in_order() -> None:
    """Numerals that count up from one are chapters where no others are."""
    names = [c.name for c in read_text(b"I\n\nOne.\n\nII\n\nTwo.\n\nIII.\n\nThree.\n\n7\n\nSeven.").chapters]

    assert names == ["I", "II", "III."]


def test_parts_and_their_first_chapter() -> None:
    """The title of a part goes in front of its first chapter."""
    document = read_text(b"Part One\n\nChapter 1\n\nText.\n\nChapter 2\n\nMore.")

    assert [c.name for c in document.chapters] == ["Chapter 1", "Chapter 2"]
    assert [b.text for b in document.chapters[0].blocks] == ["Part One", "Chapter 1", "Text."]


def test_lines_without_wrapping_are_paragraphs() -> None:
    """Where lines are as long as paragraphs, each is one."""
    long = "The lamp was lit and nobody saw it. " * 6

    assert _paragraphs(f"{long}\nShort.\n{long}") == [long.strip(), "Short.", long.strip()]


def test_indented_first_lines_part_paragraphs() -> None:
    """Where no blank lines are, an indent begins a paragraph."""
    line = "The lamp was lit and nobody saw it from the harbour or the hill."

    assert _paragraphs(f"{line}\n{line}\n    {line}\n{line}") == [f"{line} {line}", f"{line} {line}"]


@pytest.mark.parametrize("ornament", ["* * *", "***", "⁂", "~", "— — —", "#", "oOo"])
def test_ornaments_are_scene_breaks(ornament: str) -> None:
    """Typographic signs alone on their line part scenes."""
    kinds = [b.kind for b in read_text(f"One.\n\n   {ornament}\n\nTwo.".encode()).chapters[0].blocks]

    assert kinds == [BlockKind.PARAGRAPH, BlockKind.SCENE_BREAK, BlockKind.PARAGRAPH]


def test_underscores_that_are_no_emphasis_stay() -> None:
    """Names with underscores are not emphasis."""
    assert _paragraphs("The file my_old_name and _this_ one, _two words_.") == [
        "The file my_old_name and this one, two words."
    ]


@pytest.mark.parametrize("text", ["", "   \n\n ", "* * *", "\ufeff"])
def test_a_file_without_text_is_refused(text: str) -> None:
    """Blank lines and ornaments are nothing to narrate."""
    with pytest.raises(DocumentRefused, match="holds no text"):
        read_text(text.encode())


def test_too_much_text_is_refused() -> None:
    """The text of one document is limited."""
    with pytest.raises(DocumentRefused, match="more than 20,000,000 characters"):
        read_text(b"a" * (MAX_TEXT_CHARACTERS + 1))


@pytest.mark.slow
def test_ten_megabytes_in_one_paragraph_take_seconds() -> None:
    """The time grows with the text, not with its square."""
    text = "It was the best of times; _so_ they said. " * 240_000

    started = time.perf_counter()
    document = read_text(text.encode())

    assert len(document.chapters[0].blocks[0].text) > 9_000_000
    assert time.perf_counter() - started < 10
