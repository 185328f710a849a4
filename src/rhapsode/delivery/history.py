"""History items as bytes: one item's file, and a zip of several. Nothing is encoded here.

The file of an item that is a converted chapter is that of the chapter's snapshot.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache, partial
from itertools import chain, pairwise
from operator import attrgetter
from time import gmtime, strftime

from rhapsode.audio.output_formats import get_output_format
from rhapsode.delivery.alignments import AlignedText, align_parts, align_spoken_parts
from rhapsode.delivery.composed import Composed, FilePieces, Prepared, wanted_of_directory, wanted_of_zip
from rhapsode.delivery.files import (
    FilePiece,
    chapter_file,
    check_pack_ends,
    check_packs,
    merge_pack_ends,
    wanted_of,
)
from rhapsode.delivery.remembered import Remembered
from rhapsode.delivery.zip_layout import (
    ZipEntry,
    ZipLayout,
    clean_title,
    listing_of,
    plan_zip,
)
from rhapsode.storage import history, segments
from rhapsode.storage.blobs import Blobs
from rhapsode.storage.deleted_files import find_deleted_file
from rhapsode.storage.history import NamedFile, file_owner
from rhapsode.storage.keys import digest
from rhapsode.storage.packed import SegmentLocation
from rhapsode.storage.pieces import Wanted
from rhapsode.storage.places import (
    find_locations,
    find_locations_of,
    find_only_segments,
    find_pack_ends,
)
from rhapsode.storage.records import Records, Transaction
from rhapsode.storage.snapshot_document import list_segment_keys
from rhapsode.storage.stretches import Reading
from rhapsode.studio.errors import DataDamaged, HistoryItemNotFound
from rhapsode.studio.ids import ChapterSnapshotId, HistoryItemId, WorkspaceId

_FIRST_FILES = 20
_FILES_AT_ONCE = 500
_REMEMBERED_BYTES = 12 * 2**20
"""Places of some 10,000 files."""

_remembered = Remembered[Prepared](_REMEMBERED_BYTES, attrgetter("memory_bytes"))
forget_history_files = _remembered.forget
"""To be called when damage is met."""

DownloadLayout = ZipLayout[NamedFile]


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
            return chapter_file(tx, item.chapter_snapshot_id)
        owner_id = file_owner(history_item_id, output_format)
        contents = history.find_file_contents(tx, [history_item_id], output_format)
        if owner_id not in contents:
            raise history.not_found(history_item_id)
        locations = find_locations(tx, owner_id)
    head, document = contents[owner_id]
    return _pieces(head, list_segment_keys(document), locations)


def _pieces(
    head: bytes, keys: Iterable[bytes], locations: Mapping[bytes, SegmentLocation]
) -> list[FilePiece]:
    return [FilePiece(len(head), head), *(_piece(locations, key) for key in keys)]


def _piece(locations: Mapping[bytes, SegmentLocation], key: bytes) -> FilePiece:
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
    try:
        files = [found[item_id] for item_id in wanted]
    except KeyError as error:
        raise history.not_found(error.args[0]) from None
    return plan_zip([ZipEntry(file_name(file), file.size_bytes, file.crc32, file) for file in files])


def file_name(file: NamedFile) -> str:
    """Such as "Rhapsode_2026-03-01T12_30_05_Alder_<id>.mp3".

    Clients look for the extension, or for the id at the end, which also makes names differ.
    """
    minute, second = divmod(file.created_at_ms // 1000, 60)
    voice, extension = _voice_and_extension(file.voice_name, file.output_format)
    return f"Rhapsode_{_minute(minute)}_{second:02}_{voice}_{file.history_item_id}.{extension}"


@lru_cache
def _minute(minute: int) -> str:
    """The one that begins so many minutes after 1970-01-01. Most items are made in one with others."""
    return strftime("%Y-%m-%dT%H_%M", gmtime(minute * 60))


@lru_cache
def _voice_and_extension(voice_name: str, output_format: str) -> tuple[str, str]:
    """What few of 10,000 items have for themselves."""
    return clean_title(voice_name), get_output_format(output_format).extension


def get_named_file(
    records: Records, workspace_id: WorkspaceId, history_item_id: HistoryItemId, output_format: str | None
) -> NamedFile:
    """An item's file in a format, or in its own (None). Raises: HistoryItemNotFound, also without such a file."""
    with records.read(workspace_id) as tx:
        found = history.find_named_files(tx, [history_item_id], output_format)
    if history_item_id not in found:
        raise history.not_found(history_item_id)
    return found[history_item_id]


def iterate_item(
    records: Records, blobs: Blobs, workspace_id: WorkspaceId, file: NamedFile, start: int, end: int
) -> Reading:
    """A stretch of an item's file, as `download.ReadStretch` gives it. Raises: DataDamaged."""
    return Reading(blobs, _wanted_of_item(records, blobs, workspace_id, file, start, end))


def _wanted_of_item(
    records: Records, blobs: Blobs, workspace_id: WorkspaceId, file: NamedFile, start: int, end: int
) -> Iterator[Wanted]:
    pieces = _promised_pieces(records, workspace_id, file)
    check_packs(blobs, pieces)
    yield from wanted_of(pieces, start, end)


def download_digest(layout: DownloadLayout) -> bytes:
    """The digest of all that decides the zip's bytes: whose files are in it, and the list at its end."""
    return _digest_of(layout.entries)


def _digest_of(entries: Sequence[ZipEntry[NamedFile]]) -> bytes:
    owners = "\n".join([entry.payload.owner_id for entry in entries])
    return digest("history-archive/1", owners, listing_of(entries))


def iterate_download(
    records: Records, blobs: Blobs, workspace_id: WorkspaceId, layout: DownloadLayout, start: int, end: int
) -> Reading:
    """The zip's bytes from `start` to before `end` in checked blocks, however many items there are.

    An item that is deleted meanwhile is delivered all the same.
    Raises: DataDamaged: before the first byte when a pack is missing, else in place of the damaged block.
    """
    wanted = _wanted(records, blobs, workspace_id, layout, start, end)
    return Reading(blobs, wanted, on_damage=partial(forget_history_files, records))


def _wanted(
    records: Records, blobs: Blobs, workspace_id: WorkspaceId, layout: DownloadLayout, start: int, end: int
) -> Iterator[Wanted]:
    batches = _batches(layout)
    names = [_digest_of([layout.entries[number] for number in numbers]).hex() for numbers in batches.parts]
    found = _remembered.find(records, workspace_id, names)
    new = (numbers for numbers, name in zip(batches.parts, names, strict=True) if name not in found)
    with records.read(workspace_id) as tx:
        owners = (layout.entries[number].payload.owner_id for number in chain.from_iterable(new))
        ends = find_pack_ends(tx, owners)
    check_pack_ends(blobs, merge_pack_ends([ends, *(batch.pack_ends for batch in found.values())]))

    def open_batch(number: int) -> Prepared:
        batch = found.get(names[number])
        if batch is None:
            batch = _prepare(records, workspace_id, layout, batches.parts[number])
            _remembered.keep(records, workspace_id, {names[number]: batch})
        return batch

    yield from batches.wanted(start, min(end, layout.starts[-1]), open_batch)
    yield from wanted_of_directory(layout, start, end)


def _batches(layout: DownloadLayout) -> Composed[range]:
    """The numbers of the entries that are looked up together; of the first few only, because they are waited for."""
    count, starts = len(layout.entries), layout.starts
    firsts = [0, *range(_FIRST_FILES, count, _FILES_AT_ONCE)]
    batches = [range(first, last) for first, last in pairwise([*firsts, count])]
    return Composed([(starts[each.stop] - starts[each.start], each) for each in batches])


def _prepare(records: Records, workspace_id: WorkspaceId, layout: DownloadLayout, numbers: range) -> Prepared:
    files = [layout.entries[number].payload for number in numbers]
    own = _list_own_pieces(records, workspace_id, files)

    def open_file(number: int) -> FilePieces:
        place = number - numbers.start
        return FilePieces(own[place] or _promised_pieces(records, workspace_id, files[place]))

    start, end = layout.starts[numbers.start], layout.starts[numbers.stop]
    return Prepared(wanted_of_zip(layout, start, end, open_file))


def _list_own_pieces(
    records: Records, workspace_id: WorkspaceId, files: Sequence[NamedFile]
) -> list[list[FilePiece] | None]:
    """The pieces of each file; None for what has no file of its own, or none any more."""
    found: dict[str, list[FilePiece]] = {}
    with records.read(workspace_id) as tx:
        for output_format in {file.output_format for file in files}:
            of_format = [file for file in files if file.output_format == output_format]
            found |= _find_own_pieces(tx, of_format, output_format)
    return [found.get(file.owner_id) for file in files]


def _find_own_pieces(
    tx: Transaction, files: Sequence[NamedFile], output_format: str
) -> dict[str, list[FilePiece]]:
    """By owner. Most files have one segment, and then nobody has to be asked which is first."""
    short = find_only_segments(tx, (file.history_item_id for file in files), output_format)
    found = {
        file_owner(item_id, output_format): [
            FilePiece(len(head), head),
            FilePiece(only.size_bytes, None, only),
        ]
        for item_id, (head, only) in short.items()
    }
    longer = (file.history_item_id for file in files if file.history_item_id not in short)
    contents = history.find_file_contents(tx, longer, output_format)
    places = find_locations_of(tx, contents)
    for owner_id, (head, document) in contents.items():
        found[owner_id] = _pieces(head, list_segment_keys(document), places.get(owner_id, {}))
    return found


def _promised_pieces(records: Records, workspace_id: WorkspaceId, file: NamedFile) -> list[FilePiece]:
    """The pieces of a file whose bytes were promised, whatever became of its item meanwhile."""
    try:
        return item_file(records, workspace_id, file.history_item_id, file.output_format)
    except HistoryItemNotFound as error:
        pieces = _find_deleted(records, workspace_id, file)
        if pieces is None:
            # The answer has begun: what was promised can't be delivered, and nobody can be told any more.
            msg = f"History item {file.history_item_id} was deleted, and its audio is gone."
            raise DataDamaged(msg) from error
        return pieces


def _find_deleted(records: Records, workspace_id: WorkspaceId, file: NamedFile) -> list[FilePiece] | None:
    with records.read(workspace_id) as tx:
        if file.owner_id != file_owner(file.history_item_id, file.output_format):
            # The file of a converted chapter is there as long as its snapshot is.
            return chapter_file(tx, ChapterSnapshotId(file.owner_id))
        deleted = find_deleted_file(tx, file.owner_id)
        if deleted is None:
            return None
        keys = [part.segment_key for part in deleted.parts]
        return _pieces(deleted.head, keys, find_locations(tx, file.owner_id))


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
