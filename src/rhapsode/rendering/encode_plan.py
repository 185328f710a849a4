"""What it takes to have a chapter's snapshot in another encoding. Pure: values in, values out."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from rhapsode.audio.encoding import Encoding
from rhapsode.audio.mastering import mastering_named
from rhapsode.audio.packet_grid import pause_packets
from rhapsode.rendering.plan import ENCODING_RECIPE, PAUSE_RECIPE, SLICE_COST_CHARACTERS, UNMASTERED
from rhapsode.rendering.render_jobs import EncodeRequest
from rhapsode.storage import keys
from rhapsode.storage.segments import StoredSegment
from rhapsode.studio.errors import DataDamaged
from rhapsode.studio.ids import WorkspaceId
from rhapsode.studio.snapshot import SnapshotPart

_SLICE_CHARACTERS = 2 * SLICE_COST_CHARACTERS
"""Five minutes of audio, which are encoded in about as long as half of it is spoken and encoded."""


def plan_encoding(
    parts: Iterable[SnapshotPart],
    stored: Mapping[bytes, StoredSegment],
    encoding: Encoding,
    workspace_id: WorkspaceId,
) -> tuple[EncodeRequest, ...]:
    """A request for each part, in order.

    stored: the segments of the snapshot, which say how each was mastered.    Raises: DataDamaged, when one is gone.
    """
    return tuple(_request(part, stored, encoding, workspace_id) for part in parts)


def _request(
    part: SnapshotPart, stored: Mapping[bytes, StoredSegment], encoding: Encoding, workspace_id: WorkspaceId
) -> EncodeRequest:
    if part.speech_key is None:
        return _pause(part.frame_count, encoding, workspace_id)
    if part.segment_key not in stored:
        msg = f"Segment {part.segment_key.hex()} of a snapshot is missing. Convert the project again."
        raise DataDamaged(msg)
    name = stored[part.segment_key].mastering
    mastering = None if name is None else mastering_named(name)
    key = keys.segment_key(
        speech_key=part.speech_key,
        mastering=UNMASTERED if mastering is None else mastering.numbers,
        encoding=encoding.name,
        recipe_version=ENCODING_RECIPE,
    )
    return EncodeRequest(key, part.speech_key, mastering=mastering, character_count=len(part.text))


def _pause(frame_count: int, encoding: Encoding, workspace_id: WorkspaceId) -> EncodeRequest:
    if encoding.packets is not None:
        frame_count = pause_packets(frame_count, encoding)
    key = keys.pause_key(
        workspace_id=workspace_id,
        frame_count=frame_count,
        encoding=encoding.name,
        recipe_version=PAUSE_RECIPE,
    )
    return EncodeRequest(key, frame_count=frame_count)


def cut_encoding(requests: Iterable[EncodeRequest]) -> Iterator[list[EncodeRequest]]:
    """The same in slices of about equal cost, in order."""
    piece: list[EncodeRequest] = []
    for request in requests:
        piece.append(request)
        if _characters(piece) >= _SLICE_CHARACTERS:
            yield piece
            piece = []
    if piece:
        yield piece


def _characters(requests: Sequence[EncodeRequest]) -> int:
    return sum(request.character_count for request in requests)
