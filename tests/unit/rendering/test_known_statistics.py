"""What is remembered of a project's text is what would be measured now, whoever has changed it."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from tests.factories import (
    TONE_HIGH,
    Studio,
    make_block,
    make_document,
    make_document_block,
    make_document_chapter,
    make_node,
    open_records,
    open_studio,
)

from rhapsode.authoring.dictionaries import DictionaryWishes, add_rules, create_dictionary
from rhapsode.rendering.attachment import attach_dictionaries
from rhapsode.rendering.known_statistics import find_statistics
from rhapsode.rendering.project_sources import get_project_sources
from rhapsode.rendering.statistics import ChapterStatistics, measure_chapters
from rhapsode.storage import chapters, outlines, projects
from rhapsode.storage.records import Transaction
from rhapsode.storage.takes import drop_takes, set_takes
from rhapsode.studio.document import BlockKind
from rhapsode.studio.ids import ChapterId, ProjectId, TakeId, VoiceId, new_id
from rhapsode.studio.project import Chapter, Project
from rhapsode.studio.pronunciation import AliasRule, DictionaryLocator

pytestmark = pytest.mark.slow

RAIN = make_document_chapter(
    make_document_block("Rain", kind=BlockKind.HEADING), "It rained.", "Nobody came.", name="Rain"
)
SEA = make_document_chapter("The quay was flat.", "A boat.", name="Sea")
BOOK = make_document(RAIN, SEA)
Statistics = dict[ChapterId, ChapterStatistics]


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[Studio]:
    with open_studio(tmp_path) as studio:
        yield studio


@pytest.fixture
def project_id(studio: Studio) -> ProjectId:
    """A book that was converted and looked at."""
    studio.convert(BOOK)
    project_id = studio.save(BOOK)
    look(studio, project_id)
    return project_id


def look(studio: Studio, project_id: ProjectId) -> Statistics:
    """What is found, which has to be what is measured in the same transaction."""
    with studio.records.read(studio.workspace_id) as tx:
        sources = get_project_sources(tx, projects.get_project(tx, project_id))
        found = find_statistics(tx, outlines.list_chapter_outlines(tx, project_id), sources)
        measured = measure_chapters(outlines.list_node_outlines(tx, project_id), sources)
    assert dict(found) == dict(measured)
    return dict(found)


Edit = Callable[[Transaction, Project, Chapter, Chapter], None]


def _edit_text(tx: Transaction, _project: Project, rain: Chapter, _sea: Chapter) -> None:
    edited = replace(rain, blocks=(*rain.blocks, make_block("Then it stopped.")))
    chapters.update_chapter(tx, edited)


def _edit_node(tx: Transaction, _project: Project, rain: Chapter, _sea: Chapter) -> None:
    chapters.update_node(tx, rain.chapter_id, replace(rain.blocks[1].nodes[0], text="It snowed."))


def _edit_voice(tx: Transaction, _project: Project, rain: Chapter, _sea: Chapter) -> None:
    chapters.update_node(tx, rain.chapter_id, replace(rain.blocks[1].nodes[0], voice_id=TONE_HIGH))


def _add_node(tx: Transaction, _project: Project, rain: Chapter, _sea: Chapter) -> None:
    first, *others = rain.blocks
    voiced = replace(first, nodes=(*first.nodes, make_node(" again.", voice_id=VoiceId("gone"))))
    chapters.update_chapter(tx, replace(rain, blocks=(voiced, *others)))


def _move_block(tx: Transaction, project: Project, rain: Chapter, sea: Chapter) -> None:
    *blocks, last = rain.blocks
    moved = [replace(rain, blocks=tuple(blocks)), replace(sea, blocks=(*sea.blocks, last))]
    chapters.save_chapters(tx, project.project_id, moved)


def _delete(tx: Transaction, project: Project, rain: Chapter, _sea: Chapter) -> None:
    chapters.delete_chapter(tx, project.project_id, rain.chapter_id)


def _append(tx: Transaction, project: Project, rain: Chapter, _sea: Chapter) -> None:
    block = make_block("The tide turned.")
    chapters.append_chapter(
        tx, project.project_id, replace(rain, chapter_id=ChapterId(new_id()), blocks=(block,))
    )


def _leave_out(tx: Transaction, project: Project, rain: Chapter, sea: Chapter) -> None:
    chapters.save_chapters(tx, project.project_id, [replace(rain, narrated=False), sea])


def _take_voice_away(tx: Transaction, project: Project, _rain: Chapter, _sea: Chapter) -> None:
    projects.save_project(tx, replace(project, default_paragraph_voice_id=VoiceId("gone")))


def _read_as_it_is(tx: Transaction, project: Project, _rain: Chapter, _sea: Chapter) -> None:
    projects.save_project(
        tx, replace(project, details=replace(project.details, apply_text_normalization="off"))
    )


def _lose_takes(tx: Transaction, _project: Project, rain: Chapter, _sea: Chapter) -> None:
    node = rain.blocks[1].nodes[0]
    assert node.take is not None
    other = replace(node.take, take_id=TakeId(new_id()), source_key=bytes(32))
    set_takes(tx, [(node.node_id, other)])
    drop_takes(tx, [node.take.take_id])


@pytest.mark.parametrize(
    "edit",
    [
        _edit_text,
        _edit_node,
        _edit_voice,
        _add_node,
        _move_block,
        _delete,
        _append,
        _leave_out,
        _take_voice_away,
        _read_as_it_is,
        _lose_takes,
    ],
)
def test_every_change_is_seen(studio: Studio, project_id: ProjectId, edit: Edit) -> None:
    """What it changes is counted anew, and what it doesn't is as it was."""
    before = look(studio, project_id)
    with studio.records.write(studio.workspace_id) as tx:
        edit(tx, projects.get_project(tx, project_id), *chapters.list_chapters(tx, project_id))
    assert look(studio, project_id) != before


def test_what_becomes_of_a_book_is_seen(studio: Studio) -> None:
    """A conversion, a lock and an unlock."""
    project_id = studio.save(make_document(make_document_chapter("The gate was shut.", name="Gate")))
    (new,) = look(studio, project_id).values()
    requested = studio.rendering.request_conversion(studio.workspace_id, project_id)
    studio.run(requested)
    (converted,) = look(studio, project_id).values()
    assert (new.paragraphs.converted, converted.paragraphs.converted) == (0, 1)

    with studio.records.write(studio.workspace_id) as tx:
        (chapter,) = chapters.list_chapters(tx, project_id)
        (block,) = chapter.blocks
        project = projects.get_project(tx, project_id)
        projects.save_project(tx, replace(project, default_paragraph_voice_id=TONE_HIGH))
    (revoiced,) = look(studio, project_id).values()
    counts = [revoiced.paragraphs.converted]
    for locked in (True, False):
        with studio.records.write(studio.workspace_id) as tx:
            chapters.set_locked(tx, block.block_id, locked=locked)
        (found,) = look(studio, project_id).values()
        counts.append(found.paragraphs.converted)
    assert counts == [0, 1, 0]


def test_a_dictionary_is_seen(studio: Studio, project_id: ProjectId) -> None:
    """When it is attached, and when it has another version, of which the project itself says nothing."""
    before = look(studio, project_id)
    words = create_dictionary(
        studio.records, studio.workspace_id, DictionaryWishes("Words"), [AliasRule("quay", "key")]
    )
    with studio.records.write(studio.workspace_id) as tx:
        locators = [DictionaryLocator(words.dictionary_id)]
        attach_dictionaries(tx, project_id, locators, invalidate_affected_text=True)
    attached = look(studio, project_id)
    add_rules(studio.records, studio.workspace_id, words.dictionary_id, [AliasRule("rained", "poured")])
    followed = look(studio, project_id)
    counts = [
        sum(chapter.paragraphs.converted for chapter in found.values())
        for found in (before, attached, followed)
    ]
    assert counts == [5, 4, 3]


def test_another_process_is_seen(studio: Studio, project_id: ProjectId, tmp_path: Path) -> None:
    """What is remembered is compared with the records, and not with what was written from here."""
    before = look(studio, project_id)
    other = open_records(tmp_path / "records.sqlite3")
    with other.write(studio.workspace_id) as tx:
        _edit_text(tx, projects.get_project(tx, project_id), *chapters.list_chapters(tx, project_id))
    other.close()
    assert look(studio, project_id) != before


def test_a_change_that_was_taken_back_leaves_nothing(studio: Studio, project_id: ProjectId) -> None:
    """Whoever looked at the book from within it has not seen what others see."""
    before = look(studio, project_id)
    with pytest.raises(ZeroDivisionError):
        _look_within_a_change(studio, project_id)
    assert look(studio, project_id) == before


def _look_within_a_change(studio: Studio, project_id: ProjectId) -> None:
    with studio.records.write(studio.workspace_id) as tx:
        project = projects.get_project(tx, project_id)
        _edit_text(tx, project, *chapters.list_chapters(tx, project_id))
        listed = outlines.list_chapter_outlines(tx, project_id)
        find_statistics(tx, listed, get_project_sources(tx, project))
        raise ZeroDivisionError


def test_only_what_has_changed_is_measured(studio: Studio, project_id: ProjectId) -> None:
    """Of a book that is as it was, nothing; of one with an edit, the edited chapter."""
    before = look(studio, project_id)
    again = look(studio, project_id)
    assert all(again[chapter_id] is before[chapter_id] for chapter_id in before)
    with studio.records.write(studio.workspace_id) as tx:
        rain, sea = chapters.list_chapters(tx, project_id)
        chapters.update_node(tx, rain.chapter_id, replace(rain.blocks[1].nodes[0], text="It snowed."))
    edited = look(studio, project_id)
    assert edited[rain.chapter_id] is not before[rain.chapter_id]
    assert edited[sea.chapter_id] is before[sea.chapter_id]
