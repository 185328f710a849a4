"""Files of chapters: where their bytes are, which is remembered for a while.

A listener who seeks asks for one stretch after another, and a book is often wanted twice: asking the records for the
7,000 segments of 1 GiB takes a third of the time that sending it does.
"""

from collections.abc import Iterator, Sequence

from rhapsode.delivery.composed import Composed, FilePieces, Prepared
from rhapsode.delivery.files import ChapterPieces, list_chapter_pieces, merge_pack_ends, pack_ends, wanted_of
from rhapsode.delivery.remembered import Remembered
from rhapsode.storage.pieces import Wanted
from rhapsode.storage.places import find_pack_ends
from rhapsode.storage.records import Records
from rhapsode.studio.ids import ChapterSnapshotId, WorkspaceId

CHAPTERS_AT_ONCE = 4
"""As many as are looked up together, where several are needed one after the other."""

_REMEMBERED_BYTES = 10 * 2**20
"""With sentences of 10 s, 1.5 GB of sound."""


class ChapterContent:
    """The file of a chapter: its head, and its stream without the end that the encoding has cut.

    pack_ends: every pack that it needs, and the byte where the last of that ends.
    """

    def __init__(self, pieces: ChapterPieces) -> None:
        stream_bytes = sum([piece.size_bytes for piece in pieces.segments])
        self.stream = Prepared(wanted_of(pieces.segments, 0, stream_bytes))
        self.pack_ends = merge_pack_ends([pack_ends(pieces.head), self.stream.pack_ends])
        head = FilePieces(pieces.head)
        self._parts = Composed[FilePieces | Prepared](
            [(head.size_bytes, head), (self.stream.size_bytes - pieces.cut_bytes, self.stream)]
        )

    @property
    def size_bytes(self) -> int:
        """See `Content`."""
        return self._parts.size_bytes

    def wanted(self, start: int, end: int) -> Iterator[Wanted]:
        """See `Content`."""
        return self._parts.wanted(start, end, self._parts.parts.__getitem__)


_remembered = Remembered[ChapterContent](_REMEMBERED_BYTES, lambda chapter: chapter.stream.memory_bytes)


def open_chapter_file(
    records: Records, workspace_id: WorkspaceId, chapter_snapshot_id: ChapterSnapshotId
) -> ChapterContent:
    """Where the bytes of a chapter's file are. Raises: SnapshotNotFound; DataDamaged, when a segment is lost."""
    return open_chapter_files(records, workspace_id, [chapter_snapshot_id])[0]


def open_chapter_files(
    records: Records, workspace_id: WorkspaceId, ids: Sequence[ChapterSnapshotId]
) -> list[ChapterContent]:
    """The same of several, in the order of their ids; those that aren't remembered are looked up together."""
    found = _remembered.find(records, workspace_id, ids)
    missing = [each for each in dict.fromkeys(ids) if each not in found]
    if missing:
        with records.read(workspace_id) as tx:
            pieces = list_chapter_pieces(tx, missing)
        new = dict(zip(missing, map(ChapterContent, pieces), strict=True))
        _remembered.keep(records, workspace_id, new)
        found |= new
    return [found[each] for each in ids]


def list_pack_ends(
    records: Records, workspace_id: WorkspaceId, ids: Sequence[ChapterSnapshotId]
) -> dict[str, int]:
    """What all those files need, as `ChapterContent.pack_ends` has it of one. Raises: DataDamaged."""
    found = _remembered.find(records, workspace_id, ids)
    with records.read(workspace_id) as tx:
        ends = find_pack_ends(tx, [each for each in ids if each not in found])
    return merge_pack_ends([ends, *(chapter.pack_ends for chapter in found.values())])


forget_chapter_files = _remembered.forget
"""To be called when damage is met."""
