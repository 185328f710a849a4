"""What a client may send as a name or as content, told in sentences where it may not."""

import re
from collections.abc import Iterable, Sequence

from rhapsode.authoring.content import SentBlock, SentChapter
from rhapsode.studio.errors import InvalidInput, TextTooLong
from rhapsode.studio.limits import (
    MAX_BLOCKS,
    MAX_CHAPTERS,
    MAX_NAME_CHARACTERS,
    MAX_NODE_CHARACTERS,
    MAX_NODES,
    MAX_TEXT_CHARACTERS,
)

# Control characters that are no white space, and halves of surrogate pairs, which no encoding can write.
_UNWRITABLE = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff]")


def checked_name(name: str, *, what: str) -> str:
    """A name on one line. what: whose, as in "A chapter's name". Raises: InvalidInput."""
    tidy = checked_words(name, what=what)
    if tidy is None:
        msg = f"{what} can't be empty."
        raise InvalidInput(msg)
    return tidy


def checked_words(text: str | None, *, what: str, limit: int = MAX_NAME_CHARACTERS) -> str | None:
    """A title, an author or the like on one line; None where there is none. Raises: InvalidInput."""
    _check_characters(text or "", what=what)
    tidy = " ".join((text or "").split())
    if len(tidy) > limit:
        msg = f"{what} has {len(tidy):,} characters; at most {limit:,} are possible."
        raise InvalidInput(msg)
    return tidy or None


def check_chapters(chapters: Sequence[SentChapter]) -> None:
    """Raises: InvalidInput, TextTooLong, with a sentence that says what of it is too much, and where."""
    check_chapter_count(len(chapters))
    for number, chapter in enumerate(chapters, start=1):
        checked_words(chapter.name, what=f"The name of chapter {number}")
        check_blocks(chapter.blocks, where=f" of chapter {number}")
    characters = sum(len(node.text) for c in chapters for block in c.blocks for node in block.nodes)
    if characters > MAX_TEXT_CHARACTERS:
        msg = f"The content has {characters:,} characters; at most {MAX_TEXT_CHARACTERS:,} are possible."
        raise TextTooLong(msg)


def check_chapter_count(count: int) -> None:
    """Raises: InvalidInput, when a project would have too many chapters."""
    if count > MAX_CHAPTERS:
        msg = f"A project has at most {MAX_CHAPTERS:,} chapters, not {count:,}."
        raise InvalidInput(msg)


def check_blocks(blocks: Sequence[SentBlock], *, where: str = "") -> None:
    """Raises: InvalidInput, TextTooLong. where: said behind a block's number, as in " of chapter 3"."""
    if len(blocks) > MAX_BLOCKS:
        msg = f"There are {len(blocks):,} blocks{where}; a chapter has at most {MAX_BLOCKS:,}."
        raise InvalidInput(msg)
    for number, block in enumerate(blocks, start=1):
        if len(block.nodes) > MAX_NODES:
            msg = f"Block {number}{where} has {len(block.nodes):,} nodes; at most {MAX_NODES:,} are possible."
            raise InvalidInput(msg)
        _check_texts((node.text for node in block.nodes), what=f"The text of block {number}{where}")


def _check_texts(texts: Iterable[str], *, what: str) -> None:
    for text in texts:
        if len(text) > MAX_NODE_CHARACTERS:
            msg = f"{what} has {len(text):,} characters in one node; at most {MAX_NODE_CHARACTERS:,} are possible."
            raise TextTooLong(msg)
        _check_characters(text, what=what)


def _check_characters(text: str, *, what: str) -> None:
    found = _UNWRITABLE.search(text)
    if found is not None:
        msg = f"{what} has a character that is no text: U+{ord(found[0]):04X} at position {found.start()}."
        raise InvalidInput(msg)
