"""Files of chapters: where their bytes are, which is remembered for a while.

A listener who seeks asks for one stretch after another, and a book is often wanted twice: asking the records for the
7,000 segments of 1 GiB takes a third of the time that sending it does.
"""

import threading
from collections.abc import Iterator, Sequence
from weakref import WeakKeyDictionary

from cachetools import TTLCache

from rhapsode.delivery.composed import Composed, FilePieces
from rhapsode.delivery.files import ChapterPieces, FilePiece, list_chapter_pieces, pack_ends, wanted_of
from rhapsode.storage.pieces import GATHERED_BYTES, Wanted, in_pieces
from rhapsode.storage.places import find_pack_ends
from rhapsode.storage.records import Records
from rhapsode.studio.ids import ChapterSnapshotId, WorkspaceId

CHAPTERS_AT_ONCE = 4
"""As many as are looked up together, where several are needed one after the other."""

_REMEMBERED_PARTS = 40_000
"""Some 10 MB."""

_REMEMBERED_S = 60
"""A pack that nothing refers to any more stays for a day."""


class Stream:
    """The segments of a chapter, whole and one behind the other.

    part_count: of how many small things it consists, which are its memory.
    """

    def __init__(self, segments: Sequence[FilePiece]) -> None:
        size_bytes = sum(piece.size_bytes for piece in segments)
        pieces = in_pieces(wanted_of(segments, 0, size_bytes), first_bytes=GATHERED_BYTES)
        self._pieces = Composed([(piece.size_bytes, piece) for piece in pieces])
        self.part_count = sum(len(piece.parts) + len(piece.runs) for piece in self._pieces.parts)

    @property
    def size_bytes(self) -> int:
        """See `Content`."""
        return self._pieces.size_bytes

    def wanted(self, start: int, end: int) -> Iterator[Wanted]:
        """See `Content`."""
        return self._pieces.wanted(start, end, self._pieces.parts.__getitem__)


class ChapterContent:
    """The file of a chapter: its head, and its stream without the end that the encoding has cut.

    pack_ends: every pack that it needs, and the byte where the last of that ends.
    """

    def __init__(self, pieces: ChapterPieces) -> None:
        self.stream = Stream(pieces.segments)
        self.pack_ends = pack_ends([*pieces.head, *pieces.segments])
        head = FilePieces(pieces.head)
        self._parts = Composed[FilePieces | Stream](
            [(head.size_bytes, head), (self.stream.size_bytes - pieces.cut_bytes, self.stream)]
        )

    @property
    def size_bytes(self) -> int:
        """See `Content`."""
        return self._parts.size_bytes

    def wanted(self, start: int, end: int) -> Iterator[Wanted]:
        """See `Content`."""
        return self._parts.wanted(start, end, self._parts.parts.__getitem__)


class _Remembered:
    """Files of chapters that were looked up lately, for any number of threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._files: TTLCache[tuple[WorkspaceId, ChapterSnapshotId], ChapterContent] = TTLCache(
            _REMEMBERED_PARTS, _REMEMBERED_S, getsizeof=lambda file: file.stream.part_count
        )

    def find(
        self, workspace_id: WorkspaceId, ids: Sequence[ChapterSnapshotId]
    ) -> dict[ChapterSnapshotId, ChapterContent]:
        with self._lock:
            found = {each: self._files.get((workspace_id, each)) for each in ids}
        return {each: file for each, file in found.items() if file is not None}

    def keep(self, workspace_id: WorkspaceId, files: dict[ChapterSnapshotId, ChapterContent]) -> None:
        with self._lock:
            for each, file in files.items():
                if file.stream.part_count <= _REMEMBERED_PARTS:
                    self._files[workspace_id, each] = file


_remembered: WeakKeyDictionary[Records, _Remembered] = WeakKeyDictionary()


def open_chapter_file(
    records: Records, workspace_id: WorkspaceId, chapter_snapshot_id: ChapterSnapshotId
) -> ChapterContent:
    """Where the bytes of a chapter's file are. Raises: SnapshotNotFound; DataDamaged, when a segment is lost."""
    return open_chapter_files(records, workspace_id, [chapter_snapshot_id])[0]


def open_chapter_files(
    records: Records, workspace_id: WorkspaceId, ids: Sequence[ChapterSnapshotId]
) -> list[ChapterContent]:
    """The same of several, in the order of their ids; those that aren't remembered are looked up together."""
    remembered = _remembered_of(records)
    found = remembered.find(workspace_id, ids)
    missing = [each for each in dict.fromkeys(ids) if each not in found]
    if missing:
        with records.read(workspace_id) as tx:
            pieces = list_chapter_pieces(tx, missing)
        new = dict(zip(missing, map(ChapterContent, pieces), strict=True))
        remembered.keep(workspace_id, new)
        found |= new
    return [found[each] for each in ids]


def list_pack_ends(
    records: Records, workspace_id: WorkspaceId, ids: Sequence[ChapterSnapshotId]
) -> dict[str, int]:
    """What all those files need, as `ChapterContent.pack_ends` has it of one. Raises: DataDamaged."""
    found = _remembered_of(records).find(workspace_id, ids)
    with records.read(workspace_id) as tx:
        ends = find_pack_ends(tx, [each for each in ids if each not in found])
    for file in found.values():
        for pack_id, end in file.pack_ends.items():
            ends[pack_id] = max(end, ends.get(pack_id, 0))
    return ends


def forget_chapter_files(records: Records) -> None:
    """Ask anew from now on: what was damaged may have been made again, and lies elsewhere."""
    _remembered.pop(records, None)


def _remembered_of(records: Records) -> _Remembered:
    return _remembered.get(records) or _remembered.setdefault(records, _Remembered())
