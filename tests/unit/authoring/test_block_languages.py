"""Paragraphs in another language than their book's."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from tests.factories import (
    TONE_LOW,
    WORKSPACE,
    make_document,
    make_document_block,
    make_document_chapter,
    open_studio,
)

from rhapsode.authoring.block_languages import mark_block, mark_languages
from rhapsode.authoring.books import BookOptions
from rhapsode.documents.parsing import parse_document
from rhapsode.storage import projects

ENGLISH = "Nobody had told her that the boat would be late, and she would not have believed it if they had."
GERMAN = (
    "Niemand hatte ihr gesagt, dass das Boot nicht kommen würde, und sie war mit dem Abend auf sich gestellt."
)
QUOTING = (
    "He said “auf Wiedersehen, mein Kind” and went down to the boat, and that was the last she saw of him."
)


@pytest.mark.parametrize(
    ("text", "own", "found"),
    [
        (GERMAN, None, "de"),
        (GERMAN, "nl", "nl"),
        (ENGLISH, None, None),
        (QUOTING, None, None),
        ("Guten Abend, mein Kind.", None, None),
        ("", None, None),
    ],
)
def test_a_block_says_its_language_where_there_is_no_doubt(
    text: str, own: str | None, found: str | None
) -> None:
    """A whole paragraph does, a few foreign words don't, and what the document says stands."""
    chapter = make_document_chapter(make_document_block(text, language=own))

    (marked,) = mark_languages((chapter,), "en-GB")

    assert [block.language for block in marked.blocks] == [found]
    assert [block.text for block in marked.blocks] == [text]


@pytest.mark.parametrize(
    ("name", "language", "languages"),
    [
        ("epub/time-machine.epub", "en", set()),
        ("epub/idpf-regime-anticancer-arabic.epub", "ar", set()),
        ("epub/idpf-wasteland.epub", "en", {"de", "it"}),
    ],
)
def test_of_a_book_only_what_is_in_another_language_is_marked(
    corpus: Callable[[str], Path], name: str, language: str, languages: set[str]
) -> None:
    """Nothing of a novel; of a poem's notes, those that the book itself says are German and Italian."""
    path = corpus(name)
    document = parse_document(path.read_bytes(), filename=path.name)
    said = [block for chapter in document.chapters for block in chapter.blocks if block.text]

    found = {
        block.text: marked.language
        for block in said
        for marked in [mark_block(replace(block, language=None), language)]
        if marked.language is not None
    }

    assert set(found.values()) == languages
    assert all(block.language == found.get(block.text, block.language) for block in said)


def test_a_book_that_is_saved_has_them(tmp_path: Path) -> None:
    """So that whoever speaks that language reads it; what is in the book's own says nothing."""
    document = make_document(make_document_chapter(ENGLISH, GERMAN, QUOTING))

    with open_studio(tmp_path) as studio:
        project_id = studio.save(document, BookOptions(voice_id=TONE_LOW))
        with studio.records.read(WORKSPACE) as tx:
            (chapter,) = projects.list_chapters(tx, project_id)

    assert [block.language for block in chapter.blocks] == [None, "de", None]


def test_what_was_read_in_the_books_language_goes_on_so(tmp_path: Path) -> None:
    """A version that didn't look at words has spoken it; what is new, or gets another language, is looked at."""
    with open_studio(tmp_path) as studio:
        before = studio.save(make_document(make_document_chapter(ENGLISH, GERMAN)), BookOptions(TONE_LOW))
        with studio.records.write(WORKSPACE) as tx:
            (chapter,) = projects.list_chapters(tx, before)
            unlooked = tuple(replace(block, language=None) for block in chapter.blocks)
            projects.save_chapters(tx, before, [replace(chapter, blocks=unlooked)])

        def languages_of(language: str, *texts: str) -> list[str | None]:
            studio.save(make_document(make_document_chapter(*texts)), BookOptions(language=language))
            with studio.records.read(WORKSPACE) as tx:
                (again,) = projects.list_chapters(tx, before)
            return [block.language for block in again.blocks]

        assert languages_of("en", ENGLISH, GERMAN) == [None, None]
        assert languages_of("en", ENGLISH, GERMAN, f"{GERMAN} {GERMAN}") == [None, None, "de"]
        assert languages_of("fr", ENGLISH, GERMAN) == ["en", "de"]
