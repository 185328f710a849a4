"""Books as commands bring them: read already, from a file by whose place their project is known."""

from dataclasses import dataclass
from pathlib import PurePath

from rhapsode.authoring.books import BookOptions, save_book
from rhapsode.storage import projects
from rhapsode.storage.blobs import Blobs
from rhapsode.storage.records import Records
from rhapsode.studio.document import Document
from rhapsode.studio.ids import ProjectId, WorkspaceId
from rhapsode.studio.project import QualityPreset


@dataclass(frozen=True, slots=True)
class Book:
    """What a file holds. origin: where it lies, by which its project is found again."""

    document: Document
    filename: str
    origin: str


@dataclass(frozen=True, slots=True)
class KeptBook:
    """The project that a book has become."""

    project_id: ProjectId
    quality_preset: QualityPreset


def keep_book(
    records: Records, blobs: Blobs, workspace_id: WorkspaceId, book: Book, options: BookOptions
) -> KeptBook:
    """Make the project of a book, or bring it up to date. Raises: what save_book raises."""
    project_id = save_book(
        records,
        blobs,
        workspace_id,
        book.document,
        name=PurePath(book.filename).stem,
        origin=book.origin,
        options=options,
    )
    with records.read(workspace_id) as tx:
        return KeptBook(project_id, projects.get_project(tx, project_id).quality_preset)
