"""Projects, chapters, blocks, nodes and takes come back as they were saved."""

import json
from collections.abc import Sequence
from dataclasses import replace

import pytest
import sqlalchemy as sa

from rhapsode.storage import projects, schema, segments, watched
from rhapsode.storage.records import Records
from rhapsode.studio.document import BlockKind, Matter
from rhapsode.studio.errors import NotFound
from rhapsode.studio.ids import ChapterId, NodeId, ProjectId, TakeId, VoiceId, new_id
from rhapsode.studio.project import Block, Chapter, Node, Project, QualityPreset, Take, TakePart
from rhapsode.studio.pronunciation import Pronunciation

from .stored import DAY_MS, WORKSPACE, key_of, make_block, make_chapter, make_project, rows_of, want

FULL = make_project(
    title="Tides — “всё”",
    author="Ida Strand",
    description="Of the sea.\nAnd more.",
    language="pt-BR",
    isbn_number="9780306406157",
    quality_preset=QualityPreset.ULTRA_LOSSLESS,
    cover_key=key_of("cover"),
    origin="/books/tides.epub",
)


def save(records: Records, project: Project, chapters: Sequence[Chapter] = ()) -> None:
    with records.write(WORKSPACE) as tx:
        projects.save_project(tx, project)
        projects.save_chapters(tx, project.project_id, chapters)


def load(records: Records, project_id: ProjectId) -> tuple[Chapter, ...]:
    with records.read(WORKSPACE) as tx:
        return projects.list_chapters(tx, project_id)


def give_take(records: Records, node: Node, name: str) -> Take:
    """A take whose speech is wanted by nobody else."""
    want(records, "conversion", [key_of(name)], "speech")
    take = Take(TakeId(new_id()), key_of(f"source {name}"), (TakePart(0, 3, key_of(name)),))
    with records.write(WORKSPACE) as tx:
        projects.set_takes(tx, [(node.node_id, take)])
    return take


def owners(records: Records) -> set[str]:
    return {row["owner_id"] for row in rows_of(records, schema.segment_references)} - {"conversion"}


def with_take(chapter: Chapter, take: Take) -> Chapter:
    block = chapter.blocks[0]
    node = replace(block.nodes[0], take=take)
    return replace(chapter, blocks=(replace(block, nodes=(node, *block.nodes[1:])), *chapter.blocks[1:]))


@pytest.mark.parametrize("project", [FULL, make_project()])
def test_a_project_comes_back(records: Records, project: Project) -> None:
    """Every field of a project is kept, and so is the absence of one."""
    save(records, project)

    with records.read(WORKSPACE) as tx:
        assert projects.get_project(tx, project.project_id) == project


def test_a_saved_project_replaces_all_but_its_birth(records: Records) -> None:
    """Saving again changes every field except when the project was made."""
    save(records, make_project(project_id=FULL.project_id, origin="before"))

    save(records, replace(FULL, created_at_ms=99))

    with records.read(WORKSPACE) as tx:
        assert projects.get_project(tx, FULL.project_id) == FULL


def test_an_absent_project_is_not_found(records: Records) -> None:
    """An id that nobody has raises, with the id in the message."""
    with records.read(WORKSPACE) as tx, pytest.raises(NotFound, match="no project nowhere"):
        projects.get_project(tx, ProjectId("nowhere"))


def test_a_project_is_found_by_its_origin(records: Records) -> None:
    """The place a book came from leads to its project, exactly."""
    save(records, FULL)

    with records.read(WORKSPACE) as tx:
        assert projects.find_project_by_origin(tx, "/books/tides.epub") == FULL
        assert projects.find_project_by_origin(tx, "/books/TIDES.epub") is None


def test_an_origin_has_one_project(records: Records) -> None:
    """Two projects can't come from one place, and any number from none."""
    save(records, FULL)
    save(records, make_project())
    save(records, make_project())

    with pytest.raises(sa.exc.IntegrityError):
        save(records, make_project(origin=FULL.origin))


def test_a_deleted_project_is_not_found(records: Records) -> None:
    """A project marked as deleted is gone for every question, and its origin is free again."""
    save(records, FULL)
    with records.write(WORKSPACE) as tx:
        tx.connection.execute(schema.projects.update().values(deleted_at_ms=5))

    with records.read(WORKSPACE) as tx:
        assert projects.find_project_by_origin(tx, "/books/tides.epub") is None
        with pytest.raises(NotFound):
            projects.get_project(tx, FULL.project_id)
    save(records, make_project(origin=FULL.origin))


def test_a_project_refers_to_its_cover(records: Records) -> None:
    """The cover in use is held, the one before is let go."""
    want(records, "conversion", [key_of("cover"), key_of("newer")], "image")

    for cover in ("cover", "newer"):
        save(records, replace(FULL, cover_key=key_of(cover)))
        keys = {row["segment_id"]: row["key"] for row in rows_of(records, schema.segments)}
        held = [r for r in rows_of(records, schema.segment_references) if r["owner_id"] == FULL.project_id]
        assert [keys[row["segment_id"]] for row in held] == [key_of(cover)]
    save(records, replace(FULL, cover_key=None))
    assert owners(records) == set()


def test_chapters_come_back(records: Records) -> None:
    """Order, kinds, languages, voices, empty nodes and empty chapters are kept."""
    verse = replace(make_block("Line one\nline two"), kind=BlockKind.VERSE, language="fr", narrated=False)
    title = replace(make_block("Title"), kind=BlockKind.HEADING, sub_type="h1")
    voices = make_block(Node(NodeId(new_id()), "“Oh”", VoiceId("a")), Node(NodeId(new_id()), " she said."))
    empty = Block(make_block().block_id, BlockKind.SCENE_BREAK, "p", ())
    notes = replace(make_chapter(), matter=Matter.BACK, role="footnotes", narrated=False, revision=7)
    chapters = (make_chapter(title, verse, empty, voices, name="Z"), notes, make_chapter("a", "b", name="A"))
    save(records, FULL, chapters)

    assert load(records, FULL.project_id) == chapters
    save(records, FULL, chapters[::-1])
    assert load(records, FULL.project_id) == chapters[::-1]


def test_a_novel_comes_back(records: Records) -> None:
    """Two thousand blocks in their order, more than fit a statement."""
    chapters = tuple(make_chapter(*(f"Block {c} {b}" for b in range(100)), name=str(c)) for c in range(20))
    save(records, FULL, chapters)

    assert load(records, FULL.project_id) == chapters


def test_blocks_that_stay_are_not_written(records: Records) -> None:
    """A renamed chapter is an update of one row; its blocks are neither deleted nor inserted."""
    chapter = make_chapter("One.", "Two.")
    save(records, FULL, [chapter])
    statements: list[str] = []

    def listen(_c: object, _cursor: object, statement: str, *_rest: object) -> None:
        statements.append(statement)

    with records.write(WORKSPACE) as tx:
        engine = tx.connection.engine
        sa.event.listen(engine, "before_cursor_execute", listen)
        projects.save_chapters(tx, FULL.project_id, [replace(chapter, name="New")])
    sa.event.remove(engine, "before_cursor_execute", listen)

    assert load(records, FULL.project_id) == (replace(chapter, name="New"),)
    assert [s.split(" SET")[0] for s in statements if not s.startswith(("SELECT", "BEGIN"))] == [
        "UPDATE chapters"
    ]


def test_a_take_is_its_nodes_current_one(records: Records) -> None:
    """A take that was set comes back with its node and holds its speech."""
    chapter = make_chapter("One.", "Two.")
    save(records, FULL, [chapter])

    take = give_take(records, chapter.blocks[0].nodes[0], "one")

    assert load(records, FULL.project_id) == (with_take(chapter, take),)
    with records.read(WORKSPACE) as tx:
        assert segments.measure_owned_audio(tx, take.take_id).wanted_count == 0
        assert projects.find_takes(tx, [chapter.blocks[0].nodes[0].node_id]) == {
            (chapter.blocks[0].nodes[0].node_id, take.source_key): take
        }
    assert owners(records) == {take.take_id}


def test_a_take_says_what_was_spoken(records: Records) -> None:
    """Where that is something else than its text, made speakable; its pronunciations come back too."""
    chapter = make_chapter("One.")
    save(records, FULL, [chapter])
    node = chapter.blocks[0].nodes[0]
    keys = [key_of(name) for name in ("plain", "spoken", "pronounced")]
    want(records, "conversion", keys, "speech")
    parts = (
        TakePart(0, 1, keys[0], (0, 1, 0)),
        TakePart(1, 2, keys[1], (0, 1, 3), "one"),
        TakePart(2, 3, keys[2], pronunciations=(Pronunciation(0, 1, "nə"),)),
    )
    take = Take(TakeId(new_id()), key_of("source"), parts)

    with records.write(WORKSPACE) as tx:
        projects.set_takes(tx, [(node.node_id, take)])

    assert load(records, FULL.project_id) == (with_take(chapter, take),)
    (row,) = rows_of(records, schema.takes)
    assert len(json.loads(row["parts"])[0]) == 4


def test_earlier_takes_are_found_by_what_they_say(records: Records) -> None:
    """Each source of a node has its newest take, so going back to an earlier text finds its speech."""
    chapter = make_chapter("One.")
    node = chapter.blocks[0].nodes[0]
    save(records, FULL, [chapter])
    first, second = give_take(records, node, "first"), give_take(records, node, "second")
    third = replace(first, take_id=TakeId("z" * 20))
    with records.write(WORKSPACE) as tx:
        projects.set_takes(tx, [(node.node_id, third)])

    with records.read(WORKSPACE) as tx:
        takes = projects.find_takes(tx, [node.node_id, NodeId("none")])

    assert takes == {(node.node_id, first.source_key): third, (node.node_id, second.source_key): second}
    assert owners(records) == {first.take_id, second.take_id, third.take_id}


def test_a_take_of_a_deleted_node_is_passed_over(records: Records) -> None:
    """A conversion that ends after an edit leaves no take for what is gone, and its others arrive."""
    chapter = make_chapter("One.")
    save(records, FULL, [chapter])
    take = Take(TakeId(new_id()), key_of("s"), ())

    with records.write(WORKSPACE) as tx:
        projects.set_takes(tx, [(NodeId("gone"), take)])
        projects.set_takes(tx, [])

    assert rows_of(records, schema.takes) == []


def test_an_edit_keeps_the_takes_of_what_stays(records: Records) -> None:
    """Nodes that stay keep all their takes; takes of nodes that go let go of their speech."""
    chapter = make_chapter("One.", "Two.")
    save(records, FULL, [chapter])
    kept = give_take(records, chapter.blocks[0].nodes[0], "one")
    earlier = give_take(records, chapter.blocks[0].nodes[0], "one, read otherwise")
    gone = give_take(records, chapter.blocks[1].nodes[0], "two")
    (stored,) = load(records, FULL.project_id)

    save(records, FULL, [replace(stored, blocks=(make_block("New."), stored.blocks[0]), revision=2)])

    assert owners(records) == {kept.take_id, earlier.take_id}
    assert {row["take_id"] for row in rows_of(records, schema.takes)} == owners(records)
    (after,) = load(records, FULL.project_id)
    assert after.blocks[1].nodes[0].take == earlier
    assert gone.take_id not in owners(records)


def test_exports_are_not_listed(records: Records) -> None:
    """Neither in the list nor for those who follow all projects: they are their projects' own."""
    export = replace(FULL, project_id=ProjectId(new_id()), origin=f"export:acx:{FULL.project_id}")
    for project in (FULL, export):
        save(records, project, [])
    with records.read(WORKSPACE) as tx:
        assert projects.list_projects(tx) == [FULL]
        assert watched.list_project_ids(tx) == [FULL.project_id]


def test_a_block_can_move_to_another_chapter(records: Records) -> None:
    """In either direction, a block that changes its chapter keeps its takes."""
    first, second = make_chapter("One.", "Two."), make_chapter("Three.")
    save(records, FULL, [first, second])
    take = give_take(records, first.blocks[0].nodes[0], "one")

    for _ in range(2):
        first, second = load(records, FULL.project_id)
        moved = replace(first, blocks=second.blocks), replace(second, blocks=first.blocks)
        save(records, FULL, moved)
        assert load(records, FULL.project_id) == moved

    assert load(records, FULL.project_id)[0].blocks[0].nodes[0].take == take
    assert owners(records) == {take.take_id}


def test_a_block_can_move_out_of_a_chapter_that_is_left_out(records: Records) -> None:
    """It keeps its takes where two chapters become one; what else was there is deleted with its chapter."""
    left_out, kept = make_chapter("One.", "Two."), make_chapter("Three.")
    save(records, FULL, [left_out, kept])
    take = give_take(records, left_out.blocks[0].nodes[0], "one")
    stored, kept = load(records, FULL.project_id)

    joined = replace(kept, blocks=(*kept.blocks, stored.blocks[0]))
    save(records, FULL, [joined])

    assert load(records, FULL.project_id) == (joined,)
    assert owners(records) == {take.take_id}
    of_left_out = [row for row in rows_of(records, schema.blocks) if row["chapter_id"] == left_out.chapter_id]
    assert [row["block_id"] for row in of_left_out] == [left_out.blocks[1].block_id]


def test_a_chapter_that_is_left_out_is_deleted_and_purged_later(records: Records) -> None:
    """It is gone for every question at once; its rows and its takes go when the time is over."""
    chapter, other = make_chapter("One."), make_chapter("Two.")
    save(records, FULL, [chapter, other])
    give_take(records, chapter.blocks[0].nodes[0], "one")
    save(records, FULL, [other])

    assert load(records, FULL.project_id) == (other,)
    with records.write(WORKSPACE) as tx:
        assert projects.purge_chapters(tx, before_ms=tx.now_ms - DAY_MS) == 0
        assert projects.purge_chapters(tx, before_ms=tx.now_ms + 1) == 1
    assert [row["chapter_id"] for row in rows_of(records, schema.chapters)] == [other.chapter_id]
    assert [row["chapter_id"] for row in rows_of(records, schema.blocks)] == [other.chapter_id]
    assert rows_of(records, schema.takes) == []
    assert owners(records) == set()


def test_a_deleted_chapter_can_be_saved_again(records: Records) -> None:
    """Bringing a chapter back before it is purged brings its takes back too."""
    chapter = make_chapter("One.")
    save(records, FULL, [chapter])
    take = give_take(records, chapter.blocks[0].nodes[0], "one")
    (stored,) = load(records, FULL.project_id)
    save(records, FULL, [])

    save(records, FULL, [stored])

    assert load(records, FULL.project_id) == (stored,)
    assert owners(records) == {take.take_id}
    with records.write(WORKSPACE) as tx:
        assert projects.purge_chapters(tx, before_ms=2**50) == 0


def test_chapters_of_other_projects_stay(records: Records) -> None:
    """Saving one project's chapters touches no other's."""
    other = make_project()
    save(records, other, [make_chapter("Other.")])
    before = load(records, other.project_id)

    save(records, FULL, [make_chapter("One.")])
    save(records, FULL, [])

    assert load(records, other.project_id) == before
    assert [
        row["chapter_id"] for row in rows_of(records, schema.chapters) if row["deleted_at_ms"] is None
    ] == [ChapterId(before[0].chapter_id)]


def test_one_chapter_is_found_in_its_project_alone(records: Records) -> None:
    """As the list has it; a deleted one, and another project's, are not there."""
    one, two = make_chapter("One."), make_chapter("Two.", "Three.")
    save(records, FULL, [one, two])
    other = make_project()
    save(records, other, [])
    with records.read(WORKSPACE) as tx:
        assert projects.get_chapter(tx, FULL.project_id, two.chapter_id) == load(records, FULL.project_id)[1]
        with pytest.raises(NotFound):
            projects.get_chapter(tx, other.project_id, two.chapter_id)
    save(records, FULL, [one])
    with records.read(WORKSPACE) as tx, pytest.raises(NotFound):
        projects.get_chapter(tx, FULL.project_id, two.chapter_id)
