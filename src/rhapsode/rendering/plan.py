"""The plan of a conversion: every segment with its key, frozen as bytes, and the slices of what is missing.

Pure: values in, values out.
"""

import hashlib
import json
import zlib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from types import MappingProxyType
from typing import Any

from rhapsode.audio.encoding import ENCODINGS, Encoding
from rhapsode.audio.mastering import Mastering
from rhapsode.audio.tags import Tags
from rhapsode.rendering.draft import ChapterDraft, DraftPart, SpeechRequest
from rhapsode.rendering.refresh import Refresh
from rhapsode.storage import keys
from rhapsode.storage.take_parts import (
    take_part_from_row,
    take_part_row,
    take_source_from_row,
    take_source_row,
)
from rhapsode.studio.ids import BlockId, ChapterId, NodeId, TakeId, VoiceId, WorkspaceId
from rhapsode.studio.project import Take
from rhapsode.studio.pronunciation import Pronunciation

ENCODING_RECIPE = "1"
"""Raised when the same speech would be mastered or encoded to other bytes by a choice of ours."""

PAUSE_RECIPE = "1"
"""The same of silence, which no mastering changes: a new recipe for speech leaves every pause as it is."""

UNMASTERED: Mapping[str, float] = MappingProxyType({"gain_db": 0.0})
"""What keys say of speech that is left as it is."""

_SPEECH_FIELDS = tuple(each.name for each in fields(SpeechRequest))

SLICE_COST_CHARACTERS = 2_500
"""The cost of a slice: two minutes of audio, which keeps 16 cores within 7 % of the ideal."""

_ENCODING_COST = 0.5
"""The cost of encoding a character's speech, against speaking and encoding it."""


@dataclass(frozen=True, slots=True)
class PlannedPart:
    """One segment of a chapter in its place; the fields are those of SnapshotPart."""

    segment_key: bytes
    text: str
    spans: tuple[int, ...]
    block_id: BlockId | None
    node_id: NodeId | None
    speech_key: bytes | None
    spoken_text: str | None = None


@dataclass(frozen=True, slots=True)
class ChapterPlan:
    """All that a chapter's snapshot will be made of. takes: what its nodes get when it is finished."""

    chapter_id: ChapterId
    name: str
    tags: Tags
    cover_key: bytes | None
    encoding: Encoding
    parts: tuple[PlannedPart, ...]
    takes: tuple[tuple[NodeId, Take], ...]

    @property
    def digest(self) -> bytes:
        """Two plans of the same digest give the same file and the same alignment."""
        return hashlib.sha256(_json(_frozen_file(self) | {"takes": None})).digest()

    @property
    def audio_keys(self) -> Iterator[bytes]:
        """Keys of all segments of the chapter's file."""
        return (part.segment_key for part in self.parts)

    @property
    def speech_keys(self) -> Iterator[bytes]:
        """Keys of all speech the chapter is made of."""
        return (part.speech_key for part in self.parts if part.speech_key is not None)


@dataclass(frozen=True, slots=True)
class SegmentRequest:
    """One segment to make: speech to speak (unless it exists) and encode, or a pause of `frame_count` frames.

    mastering: what is done to the speech in between; None leaves it as it is.
    """

    segment_key: bytes
    encoding: str
    speech: SpeechRequest | None = None
    frame_count: int | None = None
    mastering: Mastering | None = None

    @property
    def character_count(self) -> int:
        """Characters that are spoken."""
        return 0 if self.speech is None else len(self.speech.spoken_text)


def plan_chapter(
    draft: ChapterDraft,
    *,
    cover_key: bytes | None,
    tags: Tags,
    encoding: Encoding,
    encoded: Mapping[bytes, bytes],
    workspace_id: WorkspaceId,
    masterings: Mapping[bytes, Mastering] = MappingProxyType({}),
) -> ChapterPlan:
    """Give every part of a draft its segment key.

    encoded: keys of audio made before, by speech key.    masterings: of all speech that is mastered, by its key;
      what was made before was mastered in the same way.
    """
    return ChapterPlan(
        chapter_id=draft.chapter.chapter_id,
        name=draft.chapter.name,
        tags=tags,
        cover_key=cover_key,
        encoding=encoding,
        parts=tuple(
            PlannedPart(
                segment_key=_audio_key(part, encoding, encoded, workspace_id, masterings),
                text=part.text,
                spans=part.spans,
                block_id=part.block_id,
                node_id=part.node_id,
                speech_key=None if part.request is None else part.request.speech_key,
                spoken_text=part.spoken_text,
            )
            for part in draft.parts
        ),
        takes=draft.takes,
    )


def _audio_key(
    part: DraftPart,
    encoding: Encoding,
    encoded: Mapping[bytes, bytes],
    workspace_id: WorkspaceId,
    masterings: Mapping[bytes, Mastering],
) -> bytes:
    """The key of a part's audio: what its speech was encoded to before, or what it would be encoded to now."""
    if part.request is None:
        assert part.frame_count is not None
        return keys.pause_key(
            workspace_id=workspace_id,
            frame_count=part.frame_count,
            encoding=encoding.name,
            recipe_version=PAUSE_RECIPE,
        )
    speech_key = part.request.speech_key
    mastering = masterings.get(speech_key)
    return encoded.get(speech_key) or keys.segment_key(
        speech_key=speech_key,
        mastering=UNMASTERED if mastering is None else mastering.numbers,
        encoding=encoding.name,
        recipe_version=ENCODING_RECIPE,
    )


def requests_of(
    draft: ChapterDraft, plan: ChapterPlan, masterings: Mapping[bytes, Mastering] = MappingProxyType({})
) -> Iterator[SegmentRequest]:
    """What it would take to make every segment of a chapter, in reading order. masterings: as it was planned with."""
    for part, planned in zip(draft.parts, plan.parts, strict=True):
        mastering = None if part.request is None else masterings.get(part.request.speech_key)
        yield SegmentRequest(
            planned.segment_key, plan.encoding.name, part.request, part.frame_count, mastering
        )


@dataclass(frozen=True, slots=True)
class PlannedChapter:
    """A chapter as it is to be. ordinal: its place in the project's audio.    masterings: by speech key."""

    ordinal: int
    draft: ChapterDraft
    plan: ChapterPlan
    digest: bytes
    masterings: Mapping[bytes, Mastering]

    @property
    def requests(self) -> list[SegmentRequest]:
        """What it would take to make all of it, in reading order."""
        return [*requests_of(self.draft, self.plan, self.masterings)]


@dataclass(frozen=True, slots=True)
class RenderCount:
    """How much is to be made: segments to speak, the code points in them, and segments to encode, with pauses."""

    spoken_segments: int = 0
    spoken_characters: int = 0
    encoded_segments: int = 0

    def __add__(self, other: "RenderCount") -> "RenderCount":
        """Both together."""
        return RenderCount(
            self.spoken_segments + other.spoken_segments,
            self.spoken_characters + other.spoken_characters,
            self.encoded_segments + other.encoded_segments,
        )


def iterate_missing(
    requests: Iterable[SegmentRequest], existing_audio: Collection[bytes]
) -> Iterator[tuple[int, SegmentRequest]]:
    """What has to be made, each segment once, with its place among all that is asked for."""
    planned: set[bytes] = set()
    for place, request in enumerate(requests):
        if request.segment_key not in existing_audio and request.segment_key not in planned:
            planned.add(request.segment_key)
            yield place, request


def count_missing(missing: Iterable[SegmentRequest], existing_speech: Collection[bytes]) -> RenderCount:
    """How much missing segments come to. existing_speech: keys of what is only encoded."""
    count = RenderCount()
    for request in missing:
        is_spoken = request.speech is not None and request.speech.speech_key not in existing_speech
        characters = request.character_count if is_spoken else 0
        count += RenderCount(int(is_spoken), characters, 1)
    return count


def cut_slices(
    requests: Iterable[SegmentRequest],
    *,
    existing_audio: Collection[bytes],
    existing_speech: Collection[bytes],
) -> list[list[SegmentRequest]]:
    """Cut what a chapter lacks into slices of about equal cost, each in reading order, and they by their beginnings.

    One engine speaks for a slice, so that it can be made wherever that one is. What needs none, being a pause or
    spoken before, goes to the slice that is being filled.
    existing_audio: keys that need no making, also because an earlier chapter asks for them.
    """
    slices: list[_OpenSlice] = []
    open_slices: dict[str | None, _OpenSlice] = {}
    engine: str | None = None
    for _, request in iterate_missing(requests, existing_audio):
        is_spoken = request.speech is not None and request.speech.speech_key not in existing_speech
        if request.speech is not None and is_spoken:
            engine = request.speech.engine
            if None in open_slices:
                # Nothing of it has needed an engine so far.
                open_slices.setdefault(engine, open_slices.pop(None))
        piece = open_slices.get(engine)
        if piece is None or (piece.cost >= SLICE_COST_CHARACTERS and request.character_count > 0):
            piece = open_slices[engine] = _OpenSlice()
            slices.append(piece)
        piece.requests.append(request)
        piece.cost += request.character_count * (1.0 if is_spoken else _ENCODING_COST)
    return [piece.requests for piece in slices]


@dataclass(slots=True)
class _OpenSlice:
    """A slice that is being filled. cost: in characters that are spoken and encoded."""

    requests: list[SegmentRequest] = field(default_factory=list)
    cost: float = 0.0


@dataclass(frozen=True, slots=True)
class ProjectPlan:
    """What a project's snapshot takes from the project itself, as it was when the conversion was requested.

    refresh: what was to be spoken again, which the chapters' plans have heeded.
    """

    name: str
    tags: Tags
    cover_key: bytes | None
    encoding: Encoding
    refresh: Refresh | None = None


def plan_digest(chapter_digests: Iterable[bytes], project: ProjectPlan) -> bytes:
    """The digest of a whole conversion: of what it leaves, whatever it was asked for to do."""
    left = freeze_project(replace(project, refresh=None))
    return hashlib.sha256(b"".join(chapter_digests) + left).digest()


def freeze_project(plan: ProjectPlan) -> bytes:
    """A project's plan as JSON."""
    values = {
        "name": plan.name,
        "tags": asdict(plan.tags),
        "cover_key": _hex(plan.cover_key),
        "encoding": plan.encoding.name,
    }
    # Only where there is one: what is digested must stay what it was.
    return _json(values if plan.refresh is None else values | {"refresh": plan.refresh.as_json()})


def thaw_project(frozen: bytes) -> ProjectPlan:
    """The inverse of `freeze_project`."""
    values = json.loads(frozen)
    return ProjectPlan(
        values["name"],
        Tags(**values["tags"]),
        _bytes(values["cover_key"]),
        ENCODINGS[values["encoding"]],
        Refresh.from_json(values["refresh"]) if "refresh" in values else None,
    )


def freeze_chapter(plan: ChapterPlan) -> bytes:
    """A chapter's plan as zlib-compressed JSON."""
    return zlib.compress(_json(_frozen_chapter(plan)), 1)


def thaw_chapter(frozen: bytes) -> ChapterPlan:
    """The inverse of `freeze_chapter`."""
    values = json.loads(zlib.decompress(frozen))
    return ChapterPlan(
        chapter_id=values["chapter_id"],
        name=values["name"],
        tags=Tags(**values["tags"]),
        cover_key=_bytes(values["cover_key"]),
        encoding=ENCODINGS[values["encoding"]],
        parts=tuple(_thawed_part(row) for row in values["parts"]),
        takes=tuple(_thawed_take(row) for row in values["takes"]),
    )


def _frozen_chapter(plan: ChapterPlan) -> dict[str, Any]:
    takes = [
        [
            node_id,
            take.take_id,
            take.source_key.hex(),
            [take_part_row(part) for part in take.parts],
            take_source_row(take.source),
        ]
        for node_id, take in plan.takes
    ]
    return _frozen_file(plan) | {"takes": takes}


def _frozen_file(plan: ChapterPlan) -> dict[str, Any]:
    return {
        "chapter_id": plan.chapter_id,
        "name": plan.name,
        "tags": asdict(plan.tags),
        "cover_key": _hex(plan.cover_key),
        "encoding": plan.encoding.name,
        "parts": [_frozen_part(part) for part in plan.parts],
    }


def _frozen_part(part: PlannedPart) -> list[Any]:
    row = [
        part.segment_key.hex(),
        part.text,
        part.spans,
        part.block_id,
        part.node_id,
        _hex(part.speech_key),
    ]
    # Only where there is any: the digest of a chapter that is spoken as it is written must stay what it was.
    return row if part.spoken_text is None else [*row, part.spoken_text]


def _thawed_part(row: Sequence[Any]) -> PlannedPart:
    segment_key, text, spans, block_id, node_id, speech_key, *spoken_text = row
    return PlannedPart(
        bytes.fromhex(segment_key),
        text,
        tuple(spans),
        block_id,
        node_id,
        _bytes(speech_key),
        *spoken_text,
    )


def _thawed_take(row: Sequence[Any]) -> tuple[NodeId, Take]:
    # A plan that an earlier version has frozen says nothing of sources.
    node_id, take_id, source_key, parts, *source = row
    take_parts = tuple(map(take_part_from_row, parts))
    return NodeId(node_id), Take(
        TakeId(take_id),
        bytes.fromhex(source_key),
        take_parts,
        take_source_from_row(source[0]) if source else None,
    )


def freeze_requests(requests: Iterable[SegmentRequest]) -> bytes:
    """A slice's requests as zlib-compressed JSON."""
    rows = []
    for request in requests:
        speech = None if request.speech is None else _frozen_speech(request.speech)
        row = [request.segment_key.hex(), request.encoding, speech, request.frame_count]
        rows.append(row if request.mastering is None else [*row, asdict(request.mastering)])
    return zlib.compress(_json(rows), 1)


def _frozen_speech(speech: SpeechRequest) -> dict[str, Any]:
    # Not asdict, which copies whatever it meets: a novel has thousands.
    values = {name: getattr(speech, name) for name in _SPEECH_FIELDS}
    pronunciations = [asdict(pronunciation) for pronunciation in speech.pronunciations]
    return values | {"speech_key": speech.speech_key.hex(), "pronunciations": pronunciations}


def thaw_requests(frozen: bytes) -> list[SegmentRequest]:
    """The inverse of `freeze_requests`."""
    return [_thawed_request(row) for row in json.loads(zlib.decompress(frozen))]


def _thawed_request(row: Sequence[Any]) -> SegmentRequest:
    key, encoding, speech, frame_count, *mastered = row
    mastering = Mastering(**mastered[0]) if mastered else None
    return SegmentRequest(bytes.fromhex(key), encoding, _thawed_speech(speech), frame_count, mastering)


def _thawed_speech(values: dict[str, Any] | None) -> SpeechRequest | None:
    if values is None:
        return None
    # A slice that an earlier version has frozen says nothing of pronunciations.
    pronunciations = tuple(Pronunciation(**p) for p in values.get("pronunciations", ()))
    return SpeechRequest(
        **values
        | {
            "speech_key": bytes.fromhex(values["speech_key"]),
            "voice_id": VoiceId(values["voice_id"]),
            "pronunciations": pronunciations,
        }
    )


def _json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode(
        "utf-8", "surrogatepass"
    )


def _hex(key: bytes | None) -> str | None:
    return None if key is None else key.hex()


def _bytes(text: str | None) -> bytes | None:
    return None if text is None else bytes.fromhex(text)
