"""Markdown: chapters by headings, emphasis gone, front matter read."""

import pytest

from rhapsode.documents.markdown import read_markdown
from rhapsode.studio.document import BlockKind
from rhapsode.studio.errors import DocumentRefused

_FRONT_MATTER = """---
title: "The Lamp"
authors: [Ann Lee, Bo Oak]
lang: en-GB
---
"""


def test_chapters_and_plain_words() -> None:
    """Below a single title each `##` is a chapter; marks of emphasis, links and code vanish."""
    one = "# The Lamp\n\n## One\n\nA *lit* **lamp**, [here](x.html) and `there`.\nNext line.\n\n"
    two = "## Two\n\n> Quoted.\n\n***\n\n- a\n- b\n"

    document = read_markdown((one + two).encode())

    assert document.title == "The Lamp"
    assert [chapter.name for chapter in document.chapters] == ["One", "Two"]
    assert [block.text for block in document.chapters[0].blocks] == [
        "The Lamp",
        "One",
        "A lit lamp, here and there. Next line.",
    ]
    assert [(block.kind, block.text) for block in document.chapters[1].blocks] == [
        (BlockKind.HEADING, "Two"),
        (BlockKind.QUOTE, "Quoted."),
        (BlockKind.SCENE_BREAK, ""),
        (BlockKind.LIST_ITEM, "a"),
        (BlockKind.LIST_ITEM, "b"),
    ]


def test_front_matter_tells_title_author_and_language() -> None:
    """YAML-like front matter is metadata, not text."""
    document = read_markdown((_FRONT_MATTER + "# One\n\nText.\n").encode())

    assert (document.title, document.author, document.language) == ("The Lamp", "Ann Lee, Bo Oak", "en-GB")
    assert [block.text for block in document.chapters[0].blocks] == ["One", "Text."]


def test_a_rule_at_the_top_is_no_front_matter() -> None:
    """A line of dashes that nothing closes is a rule."""
    document = read_markdown(b"---\n\nText with a colon: here.\n")

    assert [block.text for block in document.chapters[0].blocks] == ["Text with a colon: here."]


def test_tables_and_raw_html_are_read() -> None:
    """A table becomes rows, HTML inside Markdown is HTML."""
    text = "| Year | Souls |\n|--|--|\n| 1900 | 2 |\n\n<div>Inside <b>HTML</b></div>\n"

    blocks = read_markdown(text.encode()).chapters[0].blocks

    assert [(block.kind, block.text) for block in blocks] == [
        (BlockKind.TABLE, "Year: 1900; Souls: 2"),
        (BlockKind.PARAGRAPH, "Inside HTML"),
    ]


def test_markdown_without_text_is_refused() -> None:
    """Front matter alone is no document."""
    with pytest.raises(DocumentRefused, match="Markdown file holds no text"):
        read_markdown(_FRONT_MATTER.encode())
