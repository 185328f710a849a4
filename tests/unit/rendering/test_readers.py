"""Who reads a book for a premade voice, when other voices are installed while it is made."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from tests.factories import (
    WORKSPACE,
    Studio,
    make_document,
    make_document_chapter,
    make_voice,
    need_espeak,
    open_studio,
)

from rhapsode.authoring.books import BookOptions
from rhapsode.rendering.refresh import Refresh
from rhapsode.storage import voices
from rhapsode.storage.voice_files import VoiceFile
from rhapsode.studio.document import Document
from rhapsode.studio.ids import VoiceId
from rhapsode.voices.catalogue import read_catalogue

RACHEL = VoiceId("21m00Tcm4TlvDq8ikWAM")
TEXTS = ("It rained on the harbour.", "Nobody came.", "The lamp was lit.")
OPTIONS = BookOptions(voice_id=RACHEL)


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[Studio]:
    """A book that Rachel has read; then a voice is installed that is nearer to her."""
    need_espeak()
    with open_studio(tmp_path) as studio:
        studio.convert(book(*TEXTS), OPTIONS)
        labels = {"gender": "female", "age": "young", "accent": "american"}
        with studio.records.write(WORKSPACE) as tx:
            ida = replace(make_voice("ida"), labels=labels, files={"model": "0" * 64})
            voices.insert_voice(tx, ida, {"model": VoiceFile("0" * 64, 1)}, is_shared=True)
        yield studio


def book(*texts: str) -> Document:
    return make_document(make_document_chapter(*texts))


def test_a_book_goes_on_with_whoever_has_read_it(studio: Studio) -> None:
    """An edit costs its own paragraph, though the next book is read by the new voice."""
    assert read_catalogue(studio.records, WORKSPACE).get_reader(RACHEL, "en").voice_id == "ida"
    assert studio.request(book(*TEXTS), OPTIONS).count.spoken_characters == 0
    edited = studio.request(book(*TEXTS[:2], "The lamp went out."), OPTIONS)
    assert edited.count.spoken_characters == len("The lamp went out.")


def test_a_book_that_is_refreshed_has_the_new_reader(studio: Studio) -> None:
    """All of it is spoken again, and from then on it is the new one's."""
    project_id = studio.save(book(*TEXTS), OPTIONS)
    refreshed = studio.rendering.request_conversion(WORKSPACE, project_id, refresh=Refresh())
    assert refreshed.count.spoken_characters == sum(map(len, TEXTS))
    again = studio.rendering.request_conversion(WORKSPACE, project_id)
    assert again.joined


def test_a_reader_that_is_gone_gives_way(studio: Studio) -> None:
    """Nobody can be read by a voice that isn't there."""
    catalogue = read_catalogue(studio.records, WORKSPACE)
    project_id = studio.save(book(*TEXTS), OPTIONS)
    studio.rendering.request_conversion(WORKSPACE, project_id, refresh=Refresh())
    with studio.records.write(WORKSPACE) as tx:
        assert voices.delete_voice(tx, catalogue.get("ida").voice_id)
    assert studio.rendering.request_conversion(WORKSPACE, project_id).count.spoken_characters == 0
