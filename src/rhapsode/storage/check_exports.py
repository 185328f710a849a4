"""What is wrong with exports: their segments are compared with what was written down when they were made."""

from collections.abc import Iterator, Mapping, Sequence

from rhapsode.storage.checksums import crc32_of_join
from rhapsode.storage.exports import ExportPiece, StoredExport, get_pieces, list_exports
from rhapsode.storage.records import Transaction
from rhapsode.storage.segments import StoredSegment, find_owned_segments
from rhapsode.studio.errors import DataDamaged


def find_damaged_exports(tx: Transaction) -> Iterator[str]:
    """A sentence for each export that is not what it was. Whoever deletes its row has it made again."""
    for export in list_exports(tx):
        problem = find_problem(tx, export)
        if problem is not None:
            yield f"Export {export.export_id} in {export.format}: {problem}."


def find_problem(tx: Transaction, export: StoredExport) -> str | None:
    """What the records know to be wrong with an export, without a full stop; None where all agrees."""
    try:
        pieces = get_pieces(tx, export.export_id)
    except DataDamaged as error:
        return str(error).rstrip(".")
    stored = find_owned_segments(tx, export.export_id)
    lost = [piece.segment_key for piece in pieces if not _is_there(piece, stored)]
    if lost:
        return f"{len(lost)} of its segments are missing or too short, the first is {lost[0].hex()}"
    is_same = sum(piece.size_bytes for piece in pieces) == export.size_bytes
    return (
        None
        if is_same and _has_checksum(export, pieces, stored)
        else "its record doesn't agree with its segments"
    )


def _is_there(piece: ExportPiece, stored: Mapping[bytes, StoredSegment]) -> bool:
    segment = stored.get(piece.segment_key)
    return segment is not None and segment.location.size_bytes >= piece.size_bytes


def _has_checksum(
    export: StoredExport, pieces: Sequence[ExportPiece], stored: Mapping[bytes, StoredSegment]
) -> bool:
    """Whether the checksum is that of its segments; true where one is cut, whose checksum only reading would tell."""
    segments = [stored[piece.segment_key] for piece in pieces]
    sizes = [piece.size_bytes for piece in pieces]
    if sizes != [segment.location.size_bytes for segment in segments]:
        return True
    return crc32_of_join((segment.crc32, segment.location.size_bytes) for segment in segments) == export.crc32
