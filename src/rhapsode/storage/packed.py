"""What packs hold: segments, what each kind of them carries along, and where they lie."""

import base64
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal, NamedTuple

from rhapsode.storage.checksums import crc32_of
from rhapsode.studio.ids import WorkspaceId

SegmentKind = Literal["speech", "audio", "image", "document", "file"]


@dataclass(frozen=True, slots=True)
class SpeechMeta:
    """Of speech: its rate, its length in samples, and the alignment as `pack_alignment` makes it.

    flaws: what seems wrong with it, names with commas between them; None for nothing.
    dropped_bytes, dropped_crc32: of the sound that it had; None where it has it.
    """

    sample_rate_hz: int
    sample_count: int
    alignment: bytes
    flaws: str | None = None
    dropped_bytes: int | None = None
    dropped_crc32: int | None = None

    def as_columns(self) -> dict[str, Any]:
        """The values by the names that records have for them."""
        return asdict(self)

    def as_json(self) -> dict[str, Any]:
        """The values as the pack's index has them."""
        values = asdict(self) | {"alignment": base64.b64encode(self.alignment).decode()}
        return _without_unsaid(values, "flaws", "dropped_bytes", "dropped_crc32")

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> "SpeechMeta":
        """The opposite of `as_json`."""
        alignment = base64.b64decode(values["alignment"], validate=True)
        flaws, dropped_bytes = values.get("flaws"), values.get("dropped_bytes")
        return cls(
            int(values["sample_rate_hz"]),
            int(values["sample_count"]),
            alignment,
            None if flaws is None else str(flaws),
            None if dropped_bytes is None else int(dropped_bytes),
            None if dropped_bytes is None else int(values["dropped_crc32"]),
        )


class DroppedSound(NamedTuple):
    """What is known of the sound of dropped speech.

    has_changed: its voice, asked to say it again, was heard to say it otherwise.
    """

    size_bytes: int
    crc32: int
    has_changed: bool

    def is_content(self, content: bytes) -> bool:
        """Whether these are the bytes that were dropped."""
        return (len(content), crc32_of(content)) == (self.size_bytes, self.crc32)


@dataclass(frozen=True, slots=True)
class AudioMeta:
    """Of encoded audio: its length in frames, its encoding, and the speech in it (None for a pause).

    mastering: how that speech was mastered (audio.mastering); None where it was left as it is.
    measurements: how loud it is, frame by frame; None of a pause, and of audio that an earlier version made.
    packet_sizes: bytes of each frame, as unsigned 16-bit little-endian numbers, where frames don't say it themselves;
      None for MP3 and PCM.
    """

    frame_count: int
    encoding: str
    speech_key: bytes | None
    mastering: str | None = None
    measurements: bytes | None = None
    packet_sizes: bytes | None = None

    def as_columns(self) -> dict[str, Any]:
        """The values by the names that records have for them."""
        return asdict(self)

    def as_json(self) -> dict[str, Any]:
        """The values as the pack's index has them."""
        values = asdict(self) | {"speech_key": None if self.speech_key is None else self.speech_key.hex()}
        if self.measurements is not None:
            values["measurements"] = base64.b64encode(self.measurements).decode()
        if self.packet_sizes is not None:
            values["packet_sizes"] = base64.b64encode(self.packet_sizes).decode()
        return _without_unsaid(values, "mastering", "measurements", "packet_sizes")

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> "AudioMeta":
        """The opposite of `as_json`."""
        speech_key, mastering = values["speech_key"], values.get("mastering")
        measurements, packet_sizes = values.get("measurements"), values.get("packet_sizes")
        return cls(
            int(values["frame_count"]),
            str(values["encoding"]),
            None if speech_key is None else bytes.fromhex(speech_key),
            None if mastering is None else str(mastering),
            None if measurements is None else base64.b64decode(measurements, validate=True),
            None if packet_sizes is None else base64.b64decode(packet_sizes, validate=True),
        )


@dataclass(frozen=True, slots=True)
class MediaMeta:
    """Of what is kept as it came or as it is handed out: its media type, such as "image/jpeg"."""

    media_type: str

    def as_columns(self) -> dict[str, Any]:
        """The values by the names that records have for them."""
        return asdict(self)

    def as_json(self) -> dict[str, Any]:
        """The values as the pack's index has them."""
        return asdict(self)

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> "MediaMeta":
        """The opposite of `as_json`."""
        return cls(str(values["media_type"]))


def _without_unsaid(values: Mapping[str, Any], *names: str) -> dict[str, Any]:
    """Without those of the named that are None: an index that has nothing new to say must stay what it was."""
    return {name: value for name, value in values.items() if name not in names or value is not None}


SegmentMeta = SpeechMeta | AudioMeta | MediaMeta
META_TYPES: Mapping[SegmentKind, type[SegmentMeta]] = {
    "speech": SpeechMeta,
    "audio": AudioMeta,
    "image": MediaMeta,
    "document": MediaMeta,
    "file": MediaMeta,
}


class SegmentLocation(NamedTuple):
    """Where a segment's bytes are: `size_bytes` bytes from `offset` of a pack, with the CRC-32 of each block.

    Blocks have BLOCK_BYTES bytes, counted from the segment's beginning; the last may be shorter.
    """

    pack_id: str
    offset: int
    size_bytes: int
    block_crcs: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class PackedSegment:
    """A segment in a closed pack. `crc32` is that of all its bytes."""

    key: bytes
    kind: SegmentKind
    location: SegmentLocation
    crc32: int
    meta: SegmentMeta


@dataclass(frozen=True, slots=True)
class ClosedPack:
    """A finished pack and all that records need to know of it.

    pack_id: SHA-256 of the file, in 64 hexadecimal digits.    segments: in reading order.
    """

    pack_id: str
    workspace_id: WorkspaceId
    kind: SegmentKind
    size_bytes: int
    segments: tuple[PackedSegment, ...]
