"""What a book that is read again may do to locked blocks."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.factories import Studio, make_document, make_document_chapter, open_studio

from rhapsode.authoring.locks import lock_block
from rhapsode.storage import projects
from rhapsode.studio.errors import BlockLocked, BlockNotFound
from rhapsode.studio.ids import ProjectId
from rhapsode.studio.project import Chapter

FIRST = make_document_chapter("It rained.", "Nobody came.", name="Rain")
SECOND = make_document_chapter("It snowed.", name="Snow")


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[Studio]:
    with open_studio(tmp_path) as opened:
        yield opened


def chapters_of(studio: Studio, project_id: ProjectId) -> tuple[Chapter, ...]:
    with studio.records.read(studio.workspace_id) as tx:
        return projects.list_chapters(tx, project_id)


def lock_first(studio: Studio, project_id: ProjectId, *, locked: bool = True) -> None:
    """Lock "It rained."."""
    chapter = chapters_of(studio, project_id)[0]
    ids = project_id, chapter.chapter_id, chapter.blocks[0].block_id
    lock_block(studio.records, studio.workspace_id, *ids, locked=locked)


def test_a_book_that_says_something_else_in_a_locked_place_is_refused(studio: Studio) -> None:
    """Nothing of it is taken, until the block is unlocked."""
    project_id = studio.save(make_document(FIRST, SECOND))
    lock_first(studio, project_id)
    before = chapters_of(studio, project_id)
    changed = make_document(make_document_chapter("It poured.", "Nobody came.", name="Rain"), SECOND)

    for book in (changed, make_document(SECOND)):
        with pytest.raises(BlockLocked, match=r'"It rained\."'):
            studio.save(book)

    assert chapters_of(studio, project_id) == before
    lock_first(studio, project_id, locked=False)
    assert studio.save(changed) == project_id
    assert chapters_of(studio, project_id)[0].blocks[0].text == "It poured."


def test_a_locked_block_stays_locked_wherever_the_book_has_it(studio: Studio) -> None:
    """In another order, with other neighbours, and in another chapter of the document."""
    project_id = studio.save(make_document(FIRST, SECOND))
    lock_first(studio, project_id)
    locked_id = chapters_of(studio, project_id)[0].blocks[0].block_id

    studio.save(
        make_document(SECOND, make_document_chapter("Late.", "Somebody came.", "It rained.", name="Rain"))
    )

    blocks = [block for chapter in chapters_of(studio, project_id) for block in chapter.blocks]
    assert [(block.block_id, block.text) for block in blocks if block.locked] == [(locked_id, "It rained.")]


def test_only_what_is_heard_can_be_locked(studio: Studio) -> None:
    """Of the rest nobody knows an id."""
    project_id = studio.save(make_document(FIRST))
    chapter_id = chapters_of(studio, project_id)[0].chapter_id
    with pytest.raises(BlockNotFound):
        lock_block(studio.records, studio.workspace_id, project_id, chapter_id, chapter_id, locked=True)  # type: ignore[arg-type]
