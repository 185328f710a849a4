"""Make the bytes of a damaged segment again, of what it was made of; its checksum says whether they are the same."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rhapsode.audio.mastering import mastering_named
from rhapsode.audio.pace import UNKNOWN_PACE
from rhapsode.rendering.anew import find_obstacle
from rhapsode.rendering.asked_before import find_asked_before
from rhapsode.rendering.asked_voices import find_voices
from rhapsode.rendering.attempts import attempted
from rhapsode.rendering.draft import SpeechRequest
from rhapsode.rendering.plan import PAUSE_RECIPE
from rhapsode.rendering.pool import RenderPool
from rhapsode.rendering.remade_streams import remake_stream
from rhapsode.rendering.render_jobs import EncodeJob, EncodeRequest
from rhapsode.rendering.speakers import Speakers
from rhapsode.rendering.voice_paces import find_voice_paces
from rhapsode.storage import keys, segments
from rhapsode.storage.blobs import Blobs
from rhapsode.storage.damage import is_content_of
from rhapsode.storage.records import Records
from rhapsode.storage.references import list_owners
from rhapsode.storage.segments import StoredSegment
from rhapsode.studio.errors import RhapsodeError, StorageFull
from rhapsode.studio.ids import WorkspaceId

_CANNOT: Mapping[str, str] = {
    "image": "pictures can't be made again; send it again",
    "document": "documents can't be made again; upload it again",
    "file": "an export is made again when somebody asks for it",
}


@dataclass(frozen=True, slots=True)
class Remade:
    """contents: by key, each with the checksum that the segment had.    losses: by key, why others have none.

    changed: those of them that were made, and have other bytes.
    interruption: the trouble that ended it before all was tried; None where none did.
    """

    contents: Mapping[bytes, bytes]
    losses: Mapping[bytes, str]
    changed: frozenset[bytes] = frozenset()
    interruption: RhapsodeError | None = None


class _Irreparable(Exception):
    """A segment can't be made again, for the reason that it says."""


class _Changed(_Irreparable):
    """It was made again, and has other bytes."""


class Remaking:
    """Remakes segments of one workspace."""

    def __init__(self, records: Records, blobs: Blobs, pool: RenderPool, workspace_id: WorkspaceId) -> None:
        self._records = records
        self._blobs = blobs
        self._pool = pool
        self._workspace_id = workspace_id
        self._stream: dict[bytes, bytes] = {}
        """The last that was made again, of which several parts may be lost."""

    def remake(
        self, lost: Sequence[StoredSegment], *, interrupted_by: tuple[type[RhapsodeError], ...] = ()
    ) -> Remade:
        """Make the segments of one pack again, one after the other.

        Audio is made of speech that is stored, so of damaged speech it comes second.
        interrupted_by: troubles that tell nothing of a segment, and end it; all others are why one is lost.
        Raises: StorageFull.
        """
        speech_keys = {segment.key for segment in lost if segment.kind == "speech"}
        with self._records.read(self._workspace_id) as tx:
            asked = find_asked_before(tx, speech_keys) if speech_keys else {}
        contents: dict[bytes, bytes] = {}
        losses: dict[bytes, str] = {}
        changed: set[bytes] = set()
        for segment in lost:
            try:
                contents[segment.key] = self._remake_one(segment, asked)
            except StorageFull:
                raise
            except interrupted_by as error:
                return Remade(contents, losses, frozenset(changed), error)
            except (_Irreparable, RhapsodeError) as error:
                losses[segment.key] = str(error).rstrip(".")
                if isinstance(error, _Changed):
                    changed.add(segment.key)
        return Remade(contents, losses, frozenset(changed))

    def _remake_one(self, segment: StoredSegment, asked: Mapping[bytes, SpeechRequest]) -> bytes:
        if segment.kind in _CANNOT:
            raise _Irreparable(_CANNOT[segment.kind])
        content = self._speak(segment.key, asked) if segment.kind == "speech" else self._encode(segment)
        if not is_content_of(segment, content):
            msg = "made again, it has other bytes than it had"
            raise _Changed(msg)
        return content

    def _speak(self, speech_key: bytes, asked: Mapping[bytes, SpeechRequest]) -> bytes:
        if speech_key not in asked:
            msg = "nothing tells any more how it was asked for"
            raise _Irreparable(msg)
        request = asked[speech_key]
        with self._records.read(self._workspace_id) as tx:
            voices = find_voices(tx, [request])
            pace = find_voice_paces(tx, [request]).get(speech_key, UNKNOWN_PACE)
        # An engine that would say it otherwise isn't asked at all: some cost money.
        obstacle = find_obstacle(request, voices.get(request.voice_id), self._workspace_id)
        if obstacle is not None:
            raise _Irreparable(obstacle)
        speakers = Speakers(voices, self._blobs)
        with self._pool.turn(character_count=len(request.spoken_text)):
            return attempted(
                lambda: self._pool.speak_again(request, speakers, pace), event="remaking.attempt_failed"
            )

    def _encode(self, segment: StoredSegment) -> bytes:
        request = _find_encode_request(segment, self._workspace_id)
        if request is None:
            return self._stream_with(segment.key)
        job = self._encode_job(segment, request)
        with self._pool.turn(character_count=0):
            return attempted(lambda: self._pool.encode_again(job), event="remaking.attempt_failed")

    def _stream_with(self, key: bytes) -> bytes:
        """A part of a stream, all of which is made again."""
        if key not in self._stream:
            with self._records.read(self._workspace_id) as tx:
                owners = [owner for owner in list_owners(tx, [key]) if "/" in owner]
            if not owners:
                msg = "it is a part of a history item that is gone"
                raise _Irreparable(msg)
            self._stream = remake_stream(
                self._records, self._blobs, self._pool, self._workspace_id, owners[0]
            )
        if key not in self._stream:
            msg = "its history item has another file by now"
            raise _Irreparable(msg)
        return self._stream[key]

    def _encode_job(self, segment: StoredSegment, request: EncodeRequest) -> EncodeJob:
        wanted = [] if request.speech_key is None else [request.speech_key]
        with self._records.read(self._workspace_id) as tx:
            spoken = segments.find_segments(tx, wanted)
        if len(spoken) < len(wanted):
            msg = "the speech that it was made of is not stored any more"
            raise _Irreparable(msg)
        assert segment.encoding is not None
        locations = {key: speech.location for key, speech in spoken.items()}
        return EncodeJob(
            self._workspace_id,
            self._blobs,
            segment.encoding,
            [request],
            locations,
            owner="",
            left_characters=0,
        )


def _find_encode_request(segment: StoredSegment, workspace_id: WorkspaceId) -> EncodeRequest | None:
    """How audio was made, as its record tells it; None for a part of a stream, which is made with the others."""
    assert segment.encoding is not None
    assert segment.frame_count is not None
    if segment.speech_key is not None:
        mastering = None if segment.mastering is None else mastering_named(segment.mastering)
        return EncodeRequest(segment.key, segment.speech_key, mastering=mastering)
    pause_key = keys.pause_key(
        workspace_id=workspace_id,
        frame_count=segment.frame_count,
        encoding=segment.encoding,
        recipe_version=PAUSE_RECIPE,
    )
    is_pause = segment.key == pause_key
    return EncodeRequest(segment.key, frame_count=segment.frame_count) if is_pause else None
