"""The history item of a converted chapter, whatever its project says of itself."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from tests.factories import (
    Studio,
    make_document,
    make_document_block,
    make_document_chapter,
    make_project,
    need_espeak,
    open_studio,
)

from rhapsode.authoring.books import BookOptions
from rhapsode.engines.registry import get_engine
from rhapsode.rendering.chapter_items import new_chapter_item
from rhapsode.studio.ids import VoiceId
from rhapsode.voices.catalogue import engine_catalogue


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[Studio]:
    with open_studio(tmp_path) as studio:
        yield studio


def test_a_language_that_nobody_speaks_fails_no_chapter(studio: Studio) -> None:
    """A book in one of which each paragraph is marked with another is narrated, and the item says its own."""
    need_espeak()
    voice_id = get_engine("espeak").list_voices()[0].voice_id
    chapter = make_document_chapter(make_document_block("Call me Rhea.", language="en"))

    converted = studio.convert(make_document(chapter, language="zxx"), BookOptions(voice_id=voice_id))

    (snapshot,) = studio.chapter_snapshots(converted)
    project = replace(make_project(voice_id=voice_id), language="zxx")
    item = new_chapter_item(project, snapshot, (), engine_catalogue(), request_id="request", created_at_ms=1)
    assert item.language == "zxx"


def test_a_voice_that_is_gone_is_called_by_its_id(studio: Studio) -> None:
    """It may have gone between a request for a conversion and its end."""
    (snapshot,) = studio.chapter_snapshots(
        studio.convert(make_document(make_document_chapter("Call me Rhea.")))
    )
    project = make_project(voice_id=VoiceId("gone"))
    item = new_chapter_item(project, snapshot, (), engine_catalogue(), request_id="request", created_at_ms=1)
    assert (item.voice_id, item.voice_name, item.language) == ("gone", "gone", "en")
