"""Takes: which one a node has, and what is wrong with how they sound."""

from dataclasses import replace

import pytest

from rhapsode.storage import chapters, projects, segments, takes
from rhapsode.storage.flawed import list_flawed_passages
from rhapsode.storage.local import LocalBlobs
from rhapsode.storage.packs import PackWriter, SpeechMeta
from rhapsode.storage.records import Records
from rhapsode.studio.errors import BlockNotFound, ChapterNotFound
from rhapsode.studio.ids import BlockId, ChapterId, TakeId, new_id
from rhapsode.studio.project import Chapter, Project, Take, TakePart

from .stored import WORKSPACE, commit, key_of, make_chapter, make_project, meta_of


def make_take(source: str, speech: str, *, made_at_ms: int | None = None) -> Take:
    return Take(TakeId(new_id(made_at_ms)), key_of(source), (TakePart(0, 4, key_of(speech)),))


@pytest.fixture
def kept(records: Records) -> tuple[Project, Chapter]:
    """A chapter of two blocks."""
    project, chapter = make_project(), make_chapter("One.", "Two.")
    with records.write(WORKSPACE) as tx:
        projects.save_project(tx, project)
        projects.save_chapters(tx, project.project_id, [chapter])
    return project, chapter


def test_a_take_that_was_restored_meanwhile_stays(records: Records, kept: tuple[Project, Chapter]) -> None:
    """A conversion that was planned before doesn't put its own in its place, unless it is of another source."""
    project, chapter = kept
    first, second = (block.nodes[0] for block in chapter.blocks)
    planned = [
        (first.node_id, make_take("same", "new", made_at_ms=1)),
        (second.node_id, make_take("other", "new", made_at_ms=1)),
    ]
    restored = [(first.node_id, make_take("same", "old")), (second.node_id, make_take("same", "old"))]
    with records.write(WORKSPACE) as tx:
        takes.set_takes(tx, restored)
        takes.set_takes(tx, planned, keep_restored=True)
        blocks = chapters.get_chapter(tx, project.project_id, chapter.chapter_id).blocks
        listed = takes.list_takes(tx, [first.node_id])[first.node_id]
    assert [block.nodes[0].take for block in blocks] == [restored[0][1], planned[1][1]]
    # What was made isn't lost.
    assert {take.parts for take in listed} == {restored[0][1].parts, planned[0][1].parts}


def test_a_take_that_its_block_was_locked_with_meanwhile_stays(
    records: Records, kept: tuple[Project, Chapter]
) -> None:
    """A conversion that was planned before has another voice say it; a take of another text gives way."""
    project, chapter = kept
    nodes = [block.nodes[0] for block in chapter.blocks]
    says, other = make_take("voice", "old"), make_take("text", "old")
    longer = replace(other, parts=(replace(other.parts[0], end=5),))
    planned = [(node.node_id, make_take("now", "new")) for node in nodes]
    with records.write(WORKSPACE) as tx:
        takes.set_takes(tx, [(nodes[0].node_id, says), (nodes[1].node_id, longer)])
        for block in chapter.blocks:
            chapters.set_locked(tx, block.block_id, locked=True)
        takes.set_takes(tx, planned, keep_restored=True)
        blocks = chapters.get_chapter(tx, project.project_id, chapter.chapter_id).blocks
    assert [block.nodes[0].take for block in blocks] == [says, planned[1][1]]


def test_a_take_that_was_there_before_gives_way(records: Records, kept: tuple[Project, Chapter]) -> None:
    """What a conversion has made anew is newer than the take that its node had."""
    project, chapter = kept
    node = chapter.blocks[0].nodes[0]
    before, after = make_take("same", "old", made_at_ms=1), make_take("same", "new", made_at_ms=2)
    with records.write(WORKSPACE) as tx:
        takes.set_takes(tx, [(node.node_id, before)])
        takes.set_takes(tx, [(node.node_id, after)], keep_restored=True)
        blocks = chapters.get_chapter(tx, project.project_id, chapter.chapter_id).blocks
    assert blocks[0].nodes[0].take == after


def test_a_block_is_found_by_itself(records: Records, kept: tuple[Project, Chapter]) -> None:
    """As its chapter has it; only in its chapter, and only where it is heard."""
    project, chapter = kept
    second = chapter.blocks[1]
    with records.write(WORKSPACE) as tx:
        assert chapters.get_block(tx, project.project_id, chapter.chapter_id, second.block_id) == second
        chapters.set_locked(tx, second.block_id, locked=True)
        changed = replace(second.nodes[0], text="Zwei.")
        chapters.update_node(tx, chapter.chapter_id, changed)
        stored = chapters.get_chapter(tx, project.project_id, chapter.chapter_id)
        assert stored.blocks == (chapter.blocks[0], replace(second, nodes=(changed,), locked=True))
        assert stored.revision == chapter.revision + 1
        with pytest.raises(BlockNotFound):
            chapters.get_block(tx, project.project_id, chapter.chapter_id, BlockId("none"))
        with pytest.raises(ChapterNotFound):
            chapters.get_block(tx, project.project_id, ChapterId("none"), second.block_id)
        silent = replace(stored, blocks=(replace(second, narrated=False),))
        chapters.update_chapter(tx, silent)
        with pytest.raises(BlockNotFound):
            chapters.get_block(tx, project.project_id, chapter.chapter_id, second.block_id)


def test_flaws_are_those_of_current_takes(
    records: Records, blobs: LocalBlobs, kept: tuple[Project, Chapter]
) -> None:
    """By passage; an earlier take's are nobody's business any more."""
    project, chapter = kept
    writer = PackWriter(blobs.temporary_directory(), WORKSPACE, "speech")
    for name, flaws in (("bad", "clipped,silent"), ("good", None)):
        meta = meta_of("speech", key_of(name))
        assert isinstance(meta, SpeechMeta)
        writer.append(key_of(name), name.encode(), replace(meta, flaws=flaws))
    pack = writer.close(blobs)
    assert pack is not None
    commit(records, pack)
    first, second = (block.nodes[0].node_id for block in chapter.blocks)
    with records.write(WORKSPACE) as tx:
        assert segments.find_segments(tx, [key_of("bad")])[key_of("bad")].flaws == "clipped,silent"
        takes.set_takes(tx, [(first, make_take("a", "bad")), (second, make_take("b", "good"))])
        (passage,) = list_flawed_passages(tx, project.project_id, chapter.chapter_id)
        assert (passage.block_id, passage.flaws) == (chapter.blocks[0].block_id, ("clipped", "silent"))
        takes.set_takes(tx, [(first, make_take("c", "good"))])
        assert list_flawed_passages(tx, project.project_id) == []
