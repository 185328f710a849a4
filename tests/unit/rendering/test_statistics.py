"""How much of a text has been converted as it is now."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from tests.factories import (
    TONE_HIGH,
    TONE_LOW,
    Studio,
    make_block,
    make_document,
    make_document_block,
    make_document_chapter,
    make_node,
    open_studio,
)

from rhapsode.engines.registry import get_engine
from rhapsode.rendering.draft import Sources
from rhapsode.rendering.statistics import ChapterStatistics, ConvertedCount, measure_chapters
from rhapsode.storage import chapters, outlines, projects
from rhapsode.studio.document import BlockKind
from rhapsode.studio.ids import ProjectId, VoiceId
from rhapsode.studio.project import Chapter
from rhapsode.voices.catalogue import engine_catalogue

NOTE = make_document_block("See page nine.", kind=BlockKind.NOTE)
RAIN = make_document_chapter("It rained.", NOTE, "Nobody came.", name="Rain")
IMPRINT = make_document_chapter("1990.", name="Imprint", narrated=False)


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[Studio]:
    with open_studio(tmp_path) as studio:
        yield studio


def measure(studio: Studio, project_id: ProjectId) -> list[ChapterStatistics]:
    """The statistics of a project's narrated chapters that have text."""
    with studio.records.read(studio.workspace_id) as tx:
        project = projects.get_project(tx, project_id)
        sources = Sources(
            studio.workspace_id,
            project,
            {},
            engine_catalogue().get_reader,
            lambda name: get_engine(name).traits,
        )
        return [*measure_chapters(outlines.list_node_outlines(tx, project_id), sources).values()]


def stored(studio: Studio, project_id: ProjectId) -> tuple[Chapter, ...]:
    with studio.records.read(studio.workspace_id) as tx:
        return projects.list_chapters(tx, project_id)


def test_only_what_is_heard_counts(studio: Studio) -> None:
    """Notes and the imprint aren't; nothing is converted yet."""
    project_id = studio.save(make_document(RAIN, IMPRINT))
    (rain,) = measure(studio, project_id)
    assert rain.characters == ConvertedCount(0, 22)
    assert rain.paragraphs == ConvertedCount(0, 2)
    assert rain.voices == {TONE_LOW: ConvertedCount(0, 22)}


def test_an_edit_is_what_is_left_to_convert(studio: Studio) -> None:
    """And so is a paragraph of which one voice is new."""
    studio.convert(make_document(RAIN))
    project_id = studio.save(make_document(RAIN))
    (rain,) = measure(studio, project_id)
    assert (rain.characters, rain.paragraphs) == (ConvertedCount(22, 0), ConvertedCount(2, 0))

    (chapter,) = stored(studio, project_id)
    first = chapter.blocks[0]
    voiced = replace(first, nodes=(*first.nodes, make_node(" Hard.", voice_id=TONE_HIGH)))
    with studio.records.write(studio.workspace_id) as tx:
        edited = replace(chapter, blocks=(voiced, *chapter.blocks[1:], make_block(" ")))
        chapters.update_chapter(tx, edited)

    (rain,) = measure(studio, project_id)
    assert rain.characters == ConvertedCount(22, 6)
    assert rain.paragraphs == ConvertedCount(1, 1)
    assert rain.voices == {TONE_LOW: ConvertedCount(22, 0), TONE_HIGH: ConvertedCount(0, 6)}


@pytest.mark.parametrize("voice_id", [TONE_HIGH, VoiceId("gone")])
def test_another_voice_leaves_everything_to_convert(studio: Studio, voice_id: VoiceId) -> None:
    """Also one that isn't installed, which nobody can read but everybody can see."""
    studio.convert(make_document(RAIN))
    project_id = studio.save(make_document(RAIN))
    with studio.records.write(studio.workspace_id) as tx:
        project = projects.get_project(tx, project_id)
        projects.save_project(tx, replace(project, default_paragraph_voice_id=voice_id))
    (rain,) = measure(studio, project_id)
    assert rain.voices == {voice_id: ConvertedCount(0, 22)}


def test_a_lock_counts_as_converted_where_its_take_says_the_text(studio: Studio) -> None:
    """Whoever reads it now; what was edited before it was locked has yet to be spoken."""
    studio.convert(make_document(RAIN))
    project_id = studio.save(make_document(RAIN))
    (chapter,) = stored(studio, project_id)
    first, *between, last = chapter.blocks
    edited = replace(last, locked=True, nodes=tuple(replace(n, text="Nobody.") for n in last.nodes))
    with studio.records.write(studio.workspace_id) as tx:
        project = projects.get_project(tx, project_id)
        projects.save_project(tx, replace(project, default_paragraph_voice_id=TONE_HIGH))
        chapters.update_chapter(tx, replace(chapter, blocks=(first, *between, edited)))
        chapters.set_locked(tx, first.block_id, locked=True)
        chapters.set_locked(tx, last.block_id, locked=True)
    (rain,) = measure(studio, project_id)
    assert rain.characters == ConvertedCount(10, 7)
    assert rain.paragraphs == ConvertedCount(1, 1)


def test_the_nodes_of_one_chapter(studio: Studio) -> None:
    """Whether it is narrated or not; outlines are only of those that are."""
    project_id = studio.save(make_document(RAIN, IMPRINT))
    rain, imprint = stored(studio, project_id)
    with studio.records.read(studio.workspace_id) as tx:
        listed = outlines.list_chapter_outlines(tx, project_id)
        nodes = outlines.list_chapter_node_outlines(tx, project_id, [imprint.chapter_id])
        assert chapters.count_chapters(tx, project_id) == 2
    assert [(chapter.chapter_id, chapter.name) for chapter in listed] == [(rain.chapter_id, "Rain")]
    assert [(node.text, node.source_key) for node in nodes] == [("1990.", None)]
