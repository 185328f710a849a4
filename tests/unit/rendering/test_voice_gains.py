"""Voices that a project turns up or down: encoded again, and never spoken."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from tests.factories import (
    TONE_HIGH,
    TONE_LOW,
    WORKSPACE,
    Studio,
    make_document,
    make_document_chapter,
    need_espeak,
    open_studio,
)

from rhapsode.audio.mastering import CEILING_DB, MAX_GAIN_DB, UNTARGETED_CEILING_DB, Mastering, turned_by
from rhapsode.engines.registry import list_voices
from rhapsode.rendering.calibration import find_masterings
from rhapsode.rendering.draft import draft_chapter
from rhapsode.rendering.project_sources import get_project_sources
from rhapsode.storage import projects
from rhapsode.studio.ids import VoiceId
from rhapsode.studio.project import Block, Project
from rhapsode.voices.premade import assign_local_voices

BOOK = make_document(
    make_document_chapter("It rained.", "Nobody came."), make_document_chapter("Then came fog.")
)


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[Studio]:
    with open_studio(tmp_path) as studio:
        yield studio


def turn(studio: Studio, gains_db: Mapping[VoiceId, float], *, mastered: bool = False) -> None:
    with studio.records.write(WORKSPACE) as tx:
        (project,) = projects.list_projects(tx)
        details = replace(project.details, voice_gains=gains_db, volume_normalization=mastered)
        projects.save_project(tx, replace(project, details=details))


def counts(studio: Studio) -> tuple[int, int]:
    """How many segments a conversion speaks, and how many it encodes."""
    requested = studio.request(BOOK)
    studio.run(requested)
    return studio.count_spoken(requested), studio.count_encoded(requested)


@pytest.mark.parametrize("mastered", [False, True])
def test_a_gain_is_encoded_and_not_spoken(studio: Studio, mastered: bool) -> None:
    """Every passage of the voice is, no pause is, and going back costs nothing; another voice's gain does nothing."""
    studio.save(BOOK)
    turn(studio, {}, mastered=mastered)
    counts(studio)
    turn(studio, {TONE_LOW: -4.5}, mastered=mastered)
    assert counts(studio) == (0, 3)
    turn(studio, {TONE_HIGH: 9}, mastered=mastered)
    assert counts(studio) == (0, 0)


@pytest.mark.parametrize(
    ("aimed", "ceiling_db"), [(None, UNTARGETED_CEILING_DB), (Mastering(-1.3), CEILING_DB)]
)
def test_turning_keeps_below_a_ceiling(aimed: Mastering | None, ceiling_db: float) -> None:
    """That of the level that is aimed at, or else one that leaves MP3 its room; no more than the limits."""
    before_db = 0.0 if aimed is None else aimed.gain_db
    assert turned_by(aimed, 0.04) == aimed
    assert turned_by(aimed, 2.44) == Mastering(round(before_db + 2.4, 1), ceiling_db)
    assert turned_by(aimed, -99) == Mastering(round(before_db - MAX_GAIN_DB, 1), ceiling_db)
    assert turned_by(aimed, float("nan")) == Mastering(round(before_db + MAX_GAIN_DB, 1), ceiling_db)


def test_turned_back_to_nothing_has_one_name() -> None:
    """What is turned down by as much as it was turned up is what it would be without a gain of its own."""
    turned = turned_by(Mastering(-3.0), 3)
    assert turned is not None
    assert turned.name == Mastering(0.0).name


def first_two_of_one_voice() -> tuple[VoiceId, VoiceId]:
    """Two premade voices that the same installed voice answers."""
    local = assign_local_voices(list_voices())
    by_local: dict[VoiceId, list[VoiceId]] = {}
    for premade_id, voice in local.items():
        by_local.setdefault(voice.voice_id, []).append(premade_id)
    first, second, *_ = next(ids for ids in by_local.values() if len(ids) > 1)
    return first, second


def test_one_voice_under_two_ids_has_the_gain_of_the_first(studio: Studio) -> None:
    """Only where both say the same: what else they say is turned as each of them is."""
    need_espeak()
    first, second = first_two_of_one_voice()
    studio.save(make_document(make_document_chapter("Yes.", "Yes.", "No.", "Perhaps.")))
    turn(studio, {first: 3, second: -3})
    with studio.records.read(WORKSPACE) as tx:
        (project,) = projects.list_projects(tx)
        (chapter,) = projects.list_chapters(tx, project.project_id)
        readers = (first, second, second, TONE_HIGH)
        blocks = tuple(map(read_by, chapter.blocks, readers))
        english: Project = replace(project, default_paragraph_voice_id=TONE_LOW)
        draft = draft_chapter(replace(chapter, blocks=blocks), get_project_sources(tx, english))
        masterings = find_masterings(tx, draft, english)
    said = [part.request.speech_key for part in draft.parts if part.request is not None]
    found = [masterings.get(key) for key in said]
    assert [mastering and mastering.gain_db for mastering in found] == [3, 3, -3, None]


def read_by(block: Block, voice_id: VoiceId) -> Block:
    return replace(block, nodes=tuple(replace(node, voice_id=voice_id) for node in block.nodes))


def test_a_locked_block_is_turned_as_its_speaker_is(studio: Studio) -> None:
    """It goes on with the voice that it had, and so with that voice's gain."""
    project_id = studio.save(BOOK)
    studio.convert(BOOK)
    turn(studio, {TONE_LOW: -6, TONE_HIGH: 6})
    with studio.records.read(WORKSPACE) as tx:
        project = replace(projects.get_project(tx, project_id), default_paragraph_voice_id=TONE_HIGH)
        chapter, _ = projects.list_chapters(tx, project_id)
        locked = replace(chapter, blocks=(replace(chapter.blocks[0], locked=True), *chapter.blocks[1:]))
        draft = draft_chapter(locked, get_project_sources(tx, project))
        masterings = find_masterings(tx, draft, project)
    said = [part.request.speech_key for part in draft.parts if part.request is not None]
    assert [masterings[key].gain_db for key in said] == [-6, 6]
