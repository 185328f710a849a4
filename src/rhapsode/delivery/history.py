"""History items as bytes: one item's file, and a zip of several. Nothing is encoded here.

The file of an item that is a converted chapter is that of the chapter's snapshot.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from rhapsode.audio.output_formats import get_output_format
from rhapsode.delivery.alignments import AlignedText, align_parts, align_spoken_parts
from rhapsode.delivery.files import FilePiece, chapter_file, check_pack_ends, iterate_file
from rhapsode.delivery.zip_layout import (
    LiteralPiece,
    PayloadPiece,
    ZipEntry,
    ZipLayout,
    clean_title,
    plan_zip,
)
from rhapsode.storage import history, segments
from rhapsode.storage.blobs import Blobs
from rhapsode.storage.history import NamedFile, file_owner
from rhapsode.storage.packed import SegmentLocation
from rhapsode.storage.places import find_locations, find_pack_ends
from rhapsode.storage.records import Records
from rhapsode.storage.snapshots import get_chapter_snapshot
from rhapsode.studio.errors import DataDamaged, HistoryItemNotFound
from rhapsode.studio.ids import HistoryItemId, WorkspaceId

_FILES_AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class ItemFile:
    """Which file of which item an entry of a download is. owner_id: who refers to its segments."""

    history_item_id: HistoryItemId
    output_format: str
    owner_id: str


DownloadLayout = ZipLayout[ItemFile]


def item_file(
    records: Records, workspace_id: WorkspaceId, history_item_id: HistoryItemId, output_format: str
) -> list[FilePiece]:
    """All pieces of an item's file in its own format, or in another that was made of it (Speaking.ensure_file).

    Raises: HistoryItemNotFound, also when there is no file in that format; DataDamaged, when the records have
    lost a segment.
    """
    with records.read(workspace_id) as tx:
        item = history.get_item(tx, history_item_id)
        if item.chapter_snapshot_id is not None and item.output_format == output_format:
            return chapter_file(tx, get_chapter_snapshot(tx, item.chapter_snapshot_id))
        file = history.find_file(tx, history_item_id, output_format)
        if file is None:
            raise history.not_found(history_item_id)
        parts = history.get_file_parts(tx, history_item_id, output_format)
        locations = find_locations(tx, file_owner(history_item_id, output_format))
    head = file.head.content
    return [FilePiece(len(head), head), *(_piece(locations, part.segment_key) for part in parts)]


def _piece(locations: dict[bytes, SegmentLocation], key: bytes) -> FilePiece:
    if key not in locations:
        msg = f"Segment {key.hex()} of a history item is missing."
        raise DataDamaged(msg)
    return FilePiece(locations[key].size_bytes, location=locations[key])


def plan_download(
    records: Records,
    workspace_id: WorkspaceId,
    history_item_ids: Sequence[HistoryItemId],
    output_format: str | None,
) -> DownloadLayout:
    """Where every byte of a zip of these items comes from, each once, in their order; its size is exact.

    output_format: None for each item's own; every item must have a file in it already.
    Raises: HistoryItemNotFound, naming the first id without such a file.
    Source: operation download_speech_history_items.
    """
    wanted = list(dict.fromkeys(history_item_ids))
    with records.read(workspace_id) as tx:
        found = history.find_named_files(tx, wanted, output_format)
    missing = next((item_id for item_id in wanted if item_id not in found), None)
    if missing is not None:
        raise history.not_found(missing)
    return plan_zip([_entry(found[item_id]) for item_id in wanted])


def _entry(file: NamedFile) -> ZipEntry[ItemFile]:
    return ZipEntry(
        name=file_name(file),
        size_bytes=file.size_bytes,
        crc32=file.crc32,
        payload=ItemFile(file.history_item_id, file.output_format, file.owner_id),
    )


def file_name(file: NamedFile) -> str:
    """Such as "Rhapsode_2026-03-01T12_30_05_Alder_<id>.mp3".

    Clients look for the extension, or for the id at the end, which also makes names differ.
    """
    made = datetime.fromtimestamp(file.created_at_ms // 1000, UTC).strftime("%Y-%m-%dT%H_%M_%S")
    extension = get_output_format(file.output_format).extension
    return f"Rhapsode_{made}_{clean_title(file.voice_name)}_{file.history_item_id}.{extension}"


def download_bytes(
    records: Records, blobs: Blobs, workspace_id: WorkspaceId, layout: DownloadLayout
) -> Iterator[bytes]:
    """The zip's bytes in checked blocks; memory doesn't grow with the number of items or their length.

    Raises: DataDamaged: before the first byte when a pack is missing, else in place of the damaged block, or of
    an item that was deleted meanwhile.
    """
    _check_packs(records, blobs, workspace_id, layout)
    for piece in layout.pieces:
        if isinstance(piece, LiteralPiece):
            yield piece.content
        else:
            yield from _item_bytes(records, blobs, workspace_id, piece.payload)


def _check_packs(records: Records, blobs: Blobs, workspace_id: WorkspaceId, layout: DownloadLayout) -> None:
    files = [piece.payload for piece in layout.pieces if isinstance(piece, PayloadPiece)]
    for start in range(0, len(files), _FILES_AT_ONCE):
        owners = [file.owner_id for file in files[start : start + _FILES_AT_ONCE]]
        with records.read(workspace_id) as tx:
            ends = find_pack_ends(tx, owners)
        check_pack_ends(blobs, ends)


def _item_bytes(records: Records, blobs: Blobs, workspace_id: WorkspaceId, file: ItemFile) -> Iterator[bytes]:
    try:
        pieces = item_file(records, workspace_id, file.history_item_id, file.output_format)
    except HistoryItemNotFound as error:
        # The answer has begun: what was promised can't be delivered, and nobody can be told any more.
        msg = f"History item {file.history_item_id} was deleted while it was downloaded."
        raise DataDamaged(msg) from error
    yield from iterate_file(blobs, pieces)


def iterate_item_alignment(
    records: Records,
    workspace_id: WorkspaceId,
    history_item_id: HistoryItemId,
    *,
    as_spoken: bool = False,
) -> Iterator[AlignedText]:
    """An item's alignment, one piece for each of its parts; joined, the texts are the item's text.

    It is true in every format of the item.    as_spoken: of what was spoken for it, pauses included (text.pauses).
    Raises: HistoryItemNotFound; DataDamaged.
    """
    with records.read(workspace_id) as tx:
        item = history.get_item(tx, history_item_id)
        parts = history.get_file_parts(tx, history_item_id, item.output_format)
        owner_id = item.chapter_snapshot_id or file_owner(history_item_id, item.output_format)
        stored = segments.find_owned_segments(tx, owner_id)
    yield from (align_spoken_parts if as_spoken else align_parts)(parts, stored)
