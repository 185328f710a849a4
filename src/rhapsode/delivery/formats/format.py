"""What every export format is: a name, and a way to make its file of a snapshot."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from rhapsode.rendering.transcoding import Transcoding
from rhapsode.storage.blobs import Blobs
from rhapsode.storage.records import Records
from rhapsode.studio.ids import WorkspaceId
from rhapsode.studio.project import Project
from rhapsode.studio.snapshot import ChapterSnapshot, ProjectSnapshot


@dataclass(frozen=True, slots=True)
class KeptStretch:
    """The first `size_bytes` bytes of a segment that is stored already."""

    segment_key: bytes
    size_bytes: int


ExportPart = bytes | KeptStretch
"""What an export is made of: bytes that are new, or bytes that are there."""


@dataclass(frozen=True, slots=True)
class ExportSource:
    """What a file is made of, and who makes it.

    owner_id: refers to every segment that the file has in it.
    chapters: of the snapshot, in order.    note_progress: told which share of the work is done, 0 to 1.
    """

    records: Records
    blobs: Blobs
    transcoding: Transcoding
    workspace_id: WorkspaceId
    owner_id: str
    project: Project
    snapshot: ProjectSnapshot
    chapters: tuple[ChapterSnapshot, ...]
    note_progress: Callable[[float], None]


@dataclass(frozen=True, slots=True)
class ExportFormat:
    """A format. version: raised when the same snapshot would give other bytes.

    make: gives the file in order, for a source; long strings of bytes are given in several parts.
      Raises: ConversionFailed; EngineFailed; DataDamaged; InvalidInput, where a snapshot can't be had in this format.
    """

    name: str
    extension: str
    media_type: str
    version: int
    make: Callable[[ExportSource], Iterator[ExportPart]]
