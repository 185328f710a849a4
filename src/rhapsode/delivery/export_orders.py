"""What is to be exported: a snapshot of a project or a chapter, in a format, with the key of all that decides it."""

from collections.abc import Iterator
from dataclasses import dataclass

from rhapsode.delivery.formats.format import ExportFormat
from rhapsode.storage import projects, snapshots
from rhapsode.storage.block_looks import list_block_looks
from rhapsode.storage.keys import KeyPart, digest
from rhapsode.storage.records import Transaction
from rhapsode.studio.ids import ProjectSnapshotId
from rhapsode.studio.project import Project
from rhapsode.studio.snapshot import ChapterSnapshot, ProjectSnapshot


@dataclass(frozen=True, slots=True)
class ExportOrder:
    """A file that is wanted. key: equal keys mean equal bytes.

    snapshot, chapters: as an ExportSource has them.    project: as it is now, which files say something of too.
    """

    key: bytes
    format: ExportFormat
    project: Project
    snapshot: ProjectSnapshot
    chapters: tuple[ChapterSnapshot, ...]

    @property
    def filename(self) -> str:
        """As a person would call the file."""
        return f"{self.snapshot.name}.{self.format.extension}"


@dataclass(frozen=True, slots=True)
class Exportable:
    """A snapshot with all that its exports are made of. made_of: the digest of all that, but for the format."""

    made_of: bytes
    project: Project
    snapshot: ProjectSnapshot
    chapters: tuple[ChapterSnapshot, ...]

    def ordered(self, in_format: ExportFormat) -> ExportOrder:
        """It, in a format."""
        key = digest("export/1", self.made_of, in_format.name, in_format.version)
        return ExportOrder(key, in_format, self.project, self.snapshot, self.chapters)


def exportable_project(tx: Transaction, snapshot: ProjectSnapshot) -> Exportable:
    """A whole book. Raises: ProjectNotFound; SnapshotNotFound."""
    chapters = tuple(snapshots.list_chapters(tx, snapshot.project_snapshot_id))
    return _exportable(tx, snapshots.get_project_digest(tx, snapshot.project_snapshot_id), snapshot, chapters)


def exportable_chapter(tx: Transaction, chapter: ChapterSnapshot) -> Exportable:
    """A chapter by itself. Raises: ProjectNotFound; SnapshotNotFound."""
    alone = ProjectSnapshot(
        # Who refers to the cover of the chapter's file; no record has a project's snapshot of this id.
        project_snapshot_id=ProjectSnapshotId(chapter.chapter_snapshot_id),
        project_id=chapter.project_id,
        name=chapter.name,
        encoding=chapter.encoding,
        frame_count=chapter.frame_count,
        head=chapter.head,
        chapter_snapshot_ids=(chapter.chapter_snapshot_id,),
        created_at_ms=chapter.created_at_ms,
    )
    return _exportable(tx, snapshots.get_chapter_digest(tx, chapter.chapter_snapshot_id), alone, (chapter,))


def _exportable(
    tx: Transaction,
    snapshot_digest: bytes,
    snapshot: ProjectSnapshot,
    chapters: tuple[ChapterSnapshot, ...],
) -> Exportable:
    project = projects.get_project(tx, snapshot.project_id)
    described = (*_described(project), *_looks(tx, project))
    made_of = digest("exportable/1", tx.workspace_id, snapshot_digest, len(chapters), *described)
    return Exportable(made_of, project, snapshot, chapters)


def _looks(tx: Transaction, project: Project) -> Iterator[KeyPart]:
    """What is a heading, which a book that is made of the text shows: the original knows it itself."""
    if project.document_key is None:
        for look in list_block_looks(tx, project.project_id):
            yield from (look.block_id, look.sub_type, look.language)


def _described(project: Project) -> tuple[KeyPart, ...]:
    """What files say of a project, and are made of beside its snapshot: no snapshot keeps it."""
    details = project.details
    return (
        project.name,
        project.title,
        project.author,
        project.description,
        project.language,
        project.isbn_number,
        project.cover_key,
        project.document_key,
        project.default_paragraph_voice_id,
        details.original_publication_date,
        details.target_audience,
        details.content_type,
        details.fiction,
        details.mature_content,
        len(details.genres),
        *details.genres,
    )
