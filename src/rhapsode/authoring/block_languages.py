"""Which language a paragraph of a document is in, where its words leave no doubt that it isn't the project's."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace

from rhapsode.studio.document import DocumentBlock, DocumentChapter
from rhapsode.studio.project import Chapter
from rhapsode.text.language_guess import find_other_language


def mark_languages(
    chapters: Sequence[DocumentChapter], language: str, *, unmarked: Collection[str] = ()
) -> tuple[DocumentChapter, ...]:
    """The same chapters; a block in another language than `language`, a BCP 47 tag, says which that is.

    What a document says of a block itself stands. A novel takes half a second.
    unmarked: texts that say nothing whatever they are (see `list_unmarked`).
    """
    return tuple(
        replace(
            chapter,
            blocks=tuple(
                block if block.text in unmarked else mark_block(block, language) for block in chapter.blocks
            ),
        )
        for chapter in chapters
    )


def mark_block(block: DocumentBlock, language: str) -> DocumentBlock:
    """The same of one block."""
    if block.language is not None:
        return block
    return replace(block, language=find_other_language(block.text, language))


def list_unmarked(chapters: Iterable[Chapter]) -> frozenset[str]:
    """The texts of a project's blocks that are read in its language.

    They go on so, as long as the project has that language: an earlier version didn't look at their words, and what
    it has spoken isn't to be spoken again because of that.
    """
    return frozenset(block.text for chapter in chapters for block in chapter.blocks if block.language is None)
