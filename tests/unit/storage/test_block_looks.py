"""What blocks look like, where that isn't as most do."""

from pathlib import Path

from tests.factories import WORKSPACE, make_document, make_document_block, make_document_chapter, open_studio

from rhapsode.storage.block_looks import BlockLook, list_block_looks
from rhapsode.storage.projects import list_chapters
from rhapsode.studio.document import BlockKind, DocumentBlock
from rhapsode.studio.ids import WorkspaceId


def test_headings_and_foreign_blocks_are_listed(tmp_path: Path) -> None:
    """In order, and to their own workspace only."""
    heading = DocumentBlock(BlockKind.HEADING, "Rain", "h2")
    chapter = make_document_chapter(heading, "It rained.", make_document_block("Il pleut.", language="fr"))
    with open_studio(tmp_path) as studio:
        project_id = studio.save(make_document(chapter))
        with studio.records.read(WORKSPACE) as tx:
            (stored,) = list_chapters(tx, project_id)
            looks = list_block_looks(tx, project_id)
        with studio.records.read(WorkspaceId("another")) as tx:
            assert list_block_looks(tx, project_id) == []
    first, _, last = stored.blocks
    assert looks == [BlockLook(first.block_id, "h2", None), BlockLook(last.block_id, "p", "fr")]
