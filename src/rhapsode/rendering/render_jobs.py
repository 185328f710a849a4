"""What is sent to a child process of the pool, and what comes back."""

import struct
from collections.abc import Callable, Mapping, Sequence
from dataclasses import astuple, dataclass, field

from rhapsode.audio.mastering import Mastering
from rhapsode.audio.pace import Pace
from rhapsode.rendering.draft import SpeechRequest
from rhapsode.rendering.plan import SegmentRequest
from rhapsode.rendering.speakers import Speakers
from rhapsode.storage.blobs import Blobs
from rhapsode.storage.packed import DroppedSound
from rhapsode.storage.packs import ClosedPack, SegmentLocation
from rhapsode.studio.ids import VoiceId, WorkspaceId
from rhapsode.studio.voice import Voice

Sound = bytes | int
"""What a part of a text sounds like: its speech, by key, or a pause of so many frames, at least one."""


@dataclass(frozen=True, slots=True)
class RenderJob:
    """Segments to make, in order.

    spoken: where speech is that exists already, by speech key.    voices: who speaks, by id.
    owner: the conversion they are for, which shares the processes with others.
    paces: of voices of which one is known, by speech key.
    stretch: which one of all that its owner wants made (Turns.take).
    left_characters: about how many are left to be spoken until the owner has all it wants.
    dropped: what is known of speech that was there before, by its key: no other may be spoken.
    """

    workspace_id: WorkspaceId
    blobs: Blobs
    requests: Sequence[SegmentRequest]
    spoken: Mapping[bytes, SegmentLocation]
    voices: Mapping[VoiceId, Voice]
    owner: str = ""
    paces: Mapping[bytes, Pace] = field(default_factory=dict)
    stretch: int = 0
    left_characters: int = 0
    dropped: Mapping[bytes, DroppedSound] = field(default_factory=dict)

    @property
    def speakers(self) -> Speakers:
        """Who speaks."""
        return Speakers(self.voices, self.blobs)


@dataclass(frozen=True, slots=True)
class RenderResult:
    """Durable packs with the first `finished_count` requests of the job, and what was spoken for them.

    Where the engine has failed with one of them, those that it had spoken beyond are among them, and that one isn't.

    paces: what that tells of voices of which no pace is known, by speech key.
    """

    packs: tuple[ClosedPack, ...]
    finished_count: int
    spoken_characters: int
    paces: Mapping[bytes, Pace] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class EncodeRequest:
    """One segment to make of what is stored: of the speech under `speech_key`, or a pause.

    frame_count: of a pause, in frames of the encoding; None for speech.
    mastering: what is done to the speech first; None leaves it as it is.
    character_count: of the text it says, which its workspace's share is reckoned by.
    """

    segment_key: bytes
    speech_key: bytes | None = None
    frame_count: int | None = None
    mastering: Mastering | None = None
    character_count: int = 0


@dataclass(frozen=True, slots=True)
class EncodeJob:
    """Segments to encode, in order, all in one encoding, by its name.

    spoken: where all their speech is, by its key.    owner, left_characters: as of a `RenderJob`.
    """

    workspace_id: WorkspaceId
    blobs: Blobs
    encoding: str
    requests: Sequence[EncodeRequest]
    spoken: Mapping[bytes, SegmentLocation]
    owner: str
    left_characters: int


@dataclass(frozen=True, slots=True)
class PeaksRequest:
    """Audio whose peaks nobody knows. encoding: its name; one of projects.    frame_count: of that."""

    segment_key: bytes
    location: SegmentLocation
    encoding: str
    frame_count: int


@dataclass(frozen=True, slots=True)
class PeaksJob:
    """Audio to find the peaks of."""

    blobs: Blobs
    requests: Sequence[PeaksRequest]


@dataclass(frozen=True, slots=True)
class SpeakJob:
    """One text to speak and encode as one stream.

    sounds: of the text's parts, in order.    spoken: where speech is that exists already, by its key;
    requests: how the rest is to be spoken, by its key.    voices: by whom, by id.
    output_format: of audio.output_formats.
    masterings: of speech that is mastered before it is encoded, by its key.
    rests: frames of silence behind speech, by the ordinal of its part.
    """

    workspace_id: WorkspaceId
    blobs: Blobs
    sounds: Sequence[Sound]
    requests: Mapping[bytes, SpeechRequest]
    voices: Mapping[VoiceId, Voice]
    spoken: Mapping[bytes, SegmentLocation]
    output_format: str
    masterings: Mapping[bytes, Mastering] = field(default_factory=dict)
    rests: Mapping[int, int] = field(default_factory=dict)

    @property
    def speakers(self) -> Speakers:
        """Who speaks."""
        return Speakers(self.voices, self.blobs)


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
class PartNotice:
    """What is told of a part as soon as it is in the spool, behind those before it: sizes in bytes, and nothing else.

    frame_count: as StreamPart has it.    sample_rate_hz, sample_count, alignment_bytes: as SpeechMeta has them, of
      speech that is new, whose alignment is in the spool behind the audio; otherwise all 0.
    """

    audio_bytes: int
    frame_count: int
    sample_rate_hz: int = 0
    sample_count: int = 0
    alignment_bytes: int = 0

    def pack(self) -> bytes:
        """As few bytes as a pipe passes on whole or not at all, whatever happens to the writer."""
        return _NOTICE.pack(*astuple(self))

    @classmethod
    def unpack(cls, packed: bytes) -> "PartNotice":
        """The opposite of `pack`."""
        return cls(*_NOTICE.unpack(packed))


_NOTICE = struct.Struct("<5Q")
Tell = Callable[[PartNotice], None]
