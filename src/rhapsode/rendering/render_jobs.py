"""What is sent to a child process of the pool, and what comes back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from rhapsode.audio.mastering import Mastering
from rhapsode.rendering.draft import SpeechRequest
from rhapsode.rendering.plan import SegmentRequest
from rhapsode.storage.blobs import Blobs
from rhapsode.storage.packs import ClosedPack, SegmentLocation, SpeechMeta
from rhapsode.studio.ids import WorkspaceId

Sound = bytes | int
"""What a part of a text sounds like: its speech, by key, or a pause of so many frames, at least one."""


@dataclass(frozen=True, slots=True)
class RenderJob:
    """Segments to make, in order.

    spoken: where speech is that exists already, by speech key.    owner: the conversion they are for, which shares
      the processes with others.
    """

    workspace_id: WorkspaceId
    blobs: Blobs
    requests: Sequence[SegmentRequest]
    spoken: Mapping[bytes, SegmentLocation]
    owner: str = ""


@dataclass(frozen=True, slots=True)
class RenderResult:
    """Durable packs with the first `finished_count` requests of the job, and what was spoken for them."""

    packs: tuple[ClosedPack, ...]
    finished_count: int
    spoken_characters: int


@dataclass(frozen=True, slots=True)
class SpeakJob:
    """One text to speak and encode as one stream.

    sounds: of the text's parts, in order.    spoken: where speech is that exists already, by its key;
    requests: how the rest is to be spoken, by its key.    output_format: of audio.output_formats.
    masterings: of speech that is mastered before it is encoded, by its key.
    """

    workspace_id: WorkspaceId
    blobs: Blobs
    sounds: Sequence[Sound]
    requests: Mapping[bytes, SpeechRequest]
    spoken: Mapping[bytes, SegmentLocation]
    output_format: str
    masterings: Mapping[bytes, Mastering] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class KeptStream:
    """Durable packs with the speech that is new and with every part of the stream, which nobody has recorded."""

    packs: tuple[ClosedPack, ...]
    spoken_characters: int


@dataclass(frozen=True, slots=True)
class StreamPart:
    """One part of a stream: its bytes, and the frames of 1,152 samples at 44.1 kHz that its sound takes."""

    content: bytes
    frame_count: int


@dataclass(frozen=True, slots=True)
class UnkeptPart:
    """One part of a stream that was spooled: how many bytes it has there, and the frames of its sound."""

    size_bytes: int
    frame_count: int


@dataclass(frozen=True, slots=True)
class UnkeptStream:
    """What is in a spool, part after part. speech: of the speech that is new, by its key."""

    parts: tuple[UnkeptPart, ...]
    speech: Mapping[bytes, SpeechMeta]
