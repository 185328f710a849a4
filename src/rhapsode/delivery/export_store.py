"""Exports as stored bytes: new ones are put into packs, and what exists is a download."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import structlog

from rhapsode.delivery.download import Download
from rhapsode.delivery.export_orders import ExportOrder
from rhapsode.delivery.files import FilePiece, check_packs, iterate_stretch, wanted_of
from rhapsode.delivery.formats.format import ExportPart, KeptStretch
from rhapsode.storage import exports, projects, segments
from rhapsode.storage.blobs import Blobs
from rhapsode.storage.checksums import crc32_of, crc32_of_join
from rhapsode.storage.damaged_exports import forget_damaged_export
from rhapsode.storage.exports import ExportPiece, StoredExport
from rhapsode.storage.keys import digest, file_key
from rhapsode.storage.packs import MediaMeta, PackWriter
from rhapsode.storage.pieces import Wanted
from rhapsode.storage.places import find_locations
from rhapsode.storage.records import Records, Transaction
from rhapsode.storage.references import add_references
from rhapsode.storage.segments import StoredSegment
from rhapsode.storage.speaking import end_speaking, owner_of_work
from rhapsode.storage.stretches import Reading
from rhapsode.storage.uses import note_use
from rhapsode.studio.errors import DataDamaged
from rhapsode.studio.ids import WorkspaceId

_log = structlog.get_logger()

_SEGMENT_BYTES = 2**20


@dataclass(frozen=True, slots=True)
class ReadyExport:
    """An export that exists, as a file. crc32: of all its bytes.

    list_pieces: where those are. Raises: DataDamaged, when a pack is missing; then the export is made anew for the
      next who asks, as it is after any damage that a reader of the download meets.
    """

    download: Download
    crc32: int
    list_pieces: Callable[[], Sequence[FilePiece]]


def find_ready(
    records: Records, blobs: Blobs, workspace_id: WorkspaceId, orders: Sequence[ExportOrder]
) -> list[ReadyExport | None]:
    """The files that were ordered, None for each that was never made; from now on they count as used."""
    with records.read(workspace_id) as tx:
        stored = exports.find_exports(tx, [order.key for order in orders])
        due = exports.list_due_for_touch(tx, [export.export_id for export in stored.values()])
    if due:
        note_use(records, workspace_id, lambda tx: exports.touch_exports(tx, due))
    return [
        _ready(records, blobs, workspace_id, order, stored[order.key]) if order.key in stored else None
        for order in orders
    ]


def _ready(
    records: Records, blobs: Blobs, workspace_id: WorkspaceId, order: ExportOrder, stored: StoredExport
) -> ReadyExport:
    def note_damage() -> None:
        if forget_damaged_export(records, blobs, workspace_id, stored.export_id):
            _log.warning("export.forgotten", export_id=stored.export_id, format=stored.format)

    def find_pieces() -> list[FilePiece]:
        pieces = _list_pieces(records, workspace_id, stored)
        check_packs(blobs, pieces)
        return pieces

    def list_pieces() -> list[FilePiece]:
        try:
            return find_pieces()
        except DataDamaged:
            note_damage()
            raise

    def find_wanted(start: int, end: int) -> Iterator[Wanted]:
        yield from wanted_of(find_pieces(), start, end)

    download = Download(
        filename=order.filename,
        media_type=order.format.media_type,
        size_bytes=stored.size_bytes,
        digest=digest("export-file/1", order.key, stored.size_bytes, stored.crc32),
        # Of one snapshot there are several, one after the other: a cover or an author that came later is in the next.
        modified_at_ms=stored.created_at_ms,
        read=lambda start, end: Reading(blobs, find_wanted(start, end), on_damage=note_damage),
    )
    return ReadyExport(download, stored.crc32, list_pieces)


def find_sizes(tx: Transaction, orders: Sequence[ExportOrder]) -> list[int | None]:
    """How many bytes each of the files has; None for each that was never made."""
    stored = exports.find_exports(tx, [order.key for order in orders])
    return [stored[order.key].size_bytes if order.key in stored else None for order in orders]


def _list_pieces(records: Records, workspace_id: WorkspaceId, stored: StoredExport) -> list[FilePiece]:
    with records.read(workspace_id) as tx:
        pieces = exports.get_pieces(tx, stored.export_id)
        locations = find_locations(tx, stored.export_id)
    lost = [piece.segment_key for piece in pieces if piece.segment_key not in locations]
    if lost:
        msg = f"Segment {lost[0].hex()} of an export is missing."
        raise DataDamaged(msg)
    return [FilePiece(piece.size_bytes, location=locations[piece.segment_key]) for piece in pieces]


def write_export(
    records: Records,
    blobs: Blobs,
    workspace_id: WorkspaceId,
    order: ExportOrder,
    *,
    work_id: str,
    parts: Iterable[ExportPart],
    check: Callable[[], None],
) -> None:
    """Make the file that was ordered, of its parts: nobody sees it before all of it is there.

    work_id: refers to what is written until the export does; then it has ended.
    check: called before each part; what it raises ends the work.
    Raises: DataDamaged; StorageFull; ProjectNotFound, when it was deleted meanwhile; what `parts` and `check` raise.
    """
    writer = _Writer(records, blobs, workspace_id, work_id)
    try:
        for part in parts:
            check()
            writer.add(part)
        writer.finish()
    except BaseException:
        writer.abandon()
        raise
    pieces, crc32 = writer.pieces, writer.crc32()
    with records.write(workspace_id) as tx:
        projects.get_project(tx, order.project.project_id)
        exports.insert_export(
            tx,
            export_key=order.key,
            project_id=order.project.project_id,
            format_name=order.format.name,
            crc32=crc32,
            pieces=pieces,
        )
        end_speaking(tx, work_id)


@dataclass(slots=True)
class _Writer:
    """Cuts new bytes into segments and puts those into packs that aren't stored already."""

    records: Records
    blobs: Blobs
    workspace_id: WorkspaceId
    work_id: str
    pieces: list[ExportPiece] = field(default_factory=list)
    _new: bytearray = field(default_factory=bytearray)
    _packs: PackWriter | None = None

    def add(self, part: ExportPart) -> None:
        """Take the next part of the file."""
        if isinstance(part, KeptStretch):
            self._keep_new(at_least=1)
            self.pieces.append(ExportPiece(part.segment_key, part.size_bytes))
            return
        self._new += part
        self._keep_new(at_least=_SEGMENT_BYTES)

    def _keep_new(self, *, at_least: int) -> None:
        while len(self._new) >= at_least:
            content = bytes(self._new[:_SEGMENT_BYTES])
            del self._new[:_SEGMENT_BYTES]
            key = file_key(workspace_id=self.workspace_id, content=content)
            self.pieces.append(ExportPiece(key, len(content)))
            self._store(key, content)

    def _store(self, key: bytes, content: bytes) -> None:
        with self.records.write(self.workspace_id) as tx:
            segments.want_segments(tx, owner_of_work(self.work_id), {"file": [key]})
            if key in segments.find_segments(tx, [key]):
                return
        if self._packs is None:
            self._packs = PackWriter(self.blobs.temporary_directory(), self.workspace_id, "file")
        self._packs.append(key, content, MediaMeta("application/octet-stream"))
        if self._packs.is_due:
            self._close_pack()

    def _close_pack(self) -> None:
        pack = None if self._packs is None else self._packs.close(self.blobs)
        if pack is not None:
            with self.records.write(self.workspace_id) as tx:
                segments.commit_pack(tx, pack)

    def finish(self) -> None:
        """All parts were added: everything is durable afterwards."""
        self._keep_new(at_least=1)
        self._close_pack()

    def abandon(self) -> None:
        """Drop what no pack holds yet; what packs hold stays, for whoever makes the file again."""
        if self._packs is not None:
            self._packs.abandon()

    def crc32(self) -> int:
        """Of the whole file. Raises: DataDamaged, when a segment isn't there or is too short."""
        keys = [piece.segment_key for piece in self.pieces]
        with self.records.write(self.workspace_id) as tx:
            # Stretches of other files too, before anybody asks whether they exist.
            add_references(tx, ((owner_of_work(self.work_id), key) for key in dict.fromkeys(keys)))
            stored = segments.find_segments(tx, keys)
        return crc32_of_join((_crc32(self.blobs, piece, stored), piece.size_bytes) for piece in self.pieces)


def _crc32(blobs: Blobs, piece: ExportPiece, stored: Mapping[bytes, StoredSegment]) -> int:
    segment = stored.get(piece.segment_key)
    if segment is None or segment.location.size_bytes < piece.size_bytes:
        msg = f"Segment {piece.segment_key.hex()}, which an export is made of, is missing."
        raise DataDamaged(msg)
    if segment.location.size_bytes == piece.size_bytes:
        return segment.crc32
    blocks = iterate_stretch(
        blobs, [FilePiece(piece.size_bytes, location=segment.location)], 0, piece.size_bytes
    )
    return crc32_of_join((crc32_of(block), len(block)) for block in blocks)
