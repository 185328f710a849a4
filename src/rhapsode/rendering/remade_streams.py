"""The file of a history item, made again of its speech: it is one stream, no part of which can be made alone."""

from collections.abc import Sequence

from rhapsode.rendering.pool import RenderPool
from rhapsode.rendering.render_jobs import PartNotice, SpeakJob
from rhapsode.rendering.script import ScriptPart, sound_of
from rhapsode.rendering.speech_work import copied_part, find_masterings
from rhapsode.rendering.stream_file import rests_of
from rhapsode.storage import history, segments
from rhapsode.storage.blobs import Blobs
from rhapsode.storage.records import Records, Transaction
from rhapsode.storage.spool import Spool
from rhapsode.studio.errors import DataDamaged
from rhapsode.studio.history import HistoryItem
from rhapsode.studio.ids import HistoryItemId, WorkspaceId
from rhapsode.studio.snapshot import SnapshotPart


def remake_stream(
    records: Records, blobs: Blobs, pool: RenderPool, workspace_id: WorkspaceId, owner_id: str
) -> dict[bytes, bytes]:
    """The bytes of all parts of a file, by their keys.

    owner_id: the file, as `storage.history.file_owner` names it.
    Raises: HistoryItemNotFound; DataDamaged, also where speech of it is gone; EngineFailed, when the process died.
    """
    history_item_id, _, output_format = owner_id.partition("/")
    with records.read(workspace_id) as tx:
        item = history.get_item(tx, HistoryItemId(history_item_id))
        parts = history.get_file_parts(tx, item.history_item_id, output_format)
        job = _job(tx, blobs, item, parts, output_format)
    spool = Spool(blobs.temporary_directory())
    notices: list[PartNotice] = []
    with pool.turn(character_count=item.character_count):
        pool.speak_aloud(job, None, spool.path, notices.append)
    contents: dict[bytes, bytes] = {}
    offset = 0
    for part, notice in zip(parts, notices, strict=True):
        contents[part.segment_key] = b"".join(spool.iterate_blocks(offset, notice.audio_bytes))
        offset += notice.audio_bytes
    return contents


def _job(
    tx: Transaction, blobs: Blobs, item: HistoryItem, parts: Sequence[SnapshotPart], output_format: str
) -> SpeakJob:
    script: list[ScriptPart] = [copied_part(part) for part in parts]
    wanted = {part.speech_key for part in script if part.speech_key is not None}
    spoken = segments.find_segments(tx, wanted)
    if wanted - spoken.keys():
        msg = "the speech that it was made of is not stored any more"
        raise DataDamaged(msg)
    own_parts = history.get_file_parts(tx, item.history_item_id, item.output_format)
    return SpeakJob(
        workspace_id=tx.workspace_id,
        blobs=blobs,
        sounds=[sound_of(part) for part in script],
        requests={},
        voices={},
        spoken={key: segment.location for key, segment in spoken.items()},
        output_format=output_format,
        masterings=find_masterings(tx, item, own_parts),
        rests=rests_of(script, spoken),
    )
