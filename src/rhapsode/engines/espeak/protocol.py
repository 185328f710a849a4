"""What the adapter and the speaking child say to each other over the child's stdin and stdout.

All numbers are little-endian. Both directions carry frames (`engines.frames`).
One request frame is answered by one answer frame, in order; the child ends when its stdin ends.

A request:
    4 bytes  wall-clock limit in milliseconds      1 byte   pitch, 0 to 99
    2 bytes  rate in words a minute                1 byte   pitch range, 0 to 99
    1 byte   volume, 0 to 100                      1 byte   length of the voice's name
    the voice's name as espeak knows it ("en-us+f3"), ASCII
    2 bytes  number of pronunciations
    for each: 4 bytes index of its first character, 4 bytes index behind its last, 2 bytes length of its IPA; UTF-8
    the text, UTF-8, to the end of the frame

An answer begins with one byte. 0, speech:
    4 bytes  sample rate in Hertz
    4 bytes  number of samples
    2 bytes  for each sample, signed
    4 bytes  for each boundary of the text's characters, in samples, to the end of the frame
1, failure: what went wrong as UTF-8, to the end of the frame.
2, speech whose samples are elsewhere: as 0, but the samples are at the beginning of the child's file of samples
(`samples_file.py`), until the next request. Such an answer fits into a pipe: the child never waits for a reader.
"""

import struct
import sys
from array import array
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from rhapsode.engines.frames import EndOfStreamError
from rhapsode.studio.pronunciation import Pronunciation

_REQUEST = struct.Struct("<IHBBBB")
_COUNT = struct.Struct("<H")
_PRONUNCIATION = struct.Struct("<IIH")
_SPEECH = struct.Struct("<BII")
_SPOKEN = 0
_FAILED = 1
_SPOKEN_TO_FILE = 2


@dataclass(frozen=True, slots=True)
class Request:
    """One text to be spoken; the fields as in the module's description."""

    text: str
    voice: str
    rate_wpm: int
    pitch: int
    pitch_range: int
    volume: int
    wall_ms: int
    pronunciations: Sequence[Pronunciation] = ()


@dataclass(frozen=True, slots=True)
class Spoken:
    """A successful answer. `pcm` is signed 16-bit little-endian, one channel."""

    sample_rate_hz: int
    pcm: bytes
    boundaries: Sequence[int]


@dataclass(frozen=True, slots=True)
class Failed:
    """An answer that says why there is no speech."""

    reason: str


def pack_request(request: Request) -> bytes:
    """Make the body of a request frame."""
    voice = request.voice.encode("ascii")
    head = _REQUEST.pack(
        request.wall_ms,
        request.rate_wpm,
        request.volume,
        request.pitch,
        request.pitch_range,
        len(voice),
    )
    return b"".join((head, voice, *_packed(request.pronunciations), request.text.encode()))


def _packed(pronunciations: Sequence[Pronunciation]) -> Iterator[bytes]:
    yield _COUNT.pack(len(pronunciations))
    for each in pronunciations:
        phonemes = each.phonemes.encode()
        yield _PRONUNCIATION.pack(each.start, each.end, len(phonemes)) + phonemes


def unpack_request(body: bytes) -> Request:
    """Read the body of a request frame."""
    wall_ms, rate_wpm, volume, pitch, pitch_range, length = _REQUEST.unpack_from(body)
    voice_end = _REQUEST.size + length
    pronunciations, text_start = _unpacked(body, voice_end)
    return Request(
        text=body[text_start:].decode(),
        voice=body[_REQUEST.size : voice_end].decode("ascii"),
        rate_wpm=rate_wpm,
        pitch=pitch,
        pitch_range=pitch_range,
        volume=volume,
        wall_ms=wall_ms,
        pronunciations=pronunciations,
    )


def _unpacked(body: bytes, offset: int) -> tuple[Sequence[Pronunciation], int]:
    """The pronunciations that begin at `offset`, and where the text begins."""
    pronunciations = []
    (count,) = _COUNT.unpack_from(body, offset)
    offset += _COUNT.size
    for _ in range(count):
        start, end, length = _PRONUNCIATION.unpack_from(body, offset)
        offset += _PRONUNCIATION.size + length
        pronunciations.append(Pronunciation(start, end, body[offset - length : offset].decode()))
    return tuple(pronunciations), offset


def pack_spoken(
    sample_rate_hz: int, sample_count: int, boundaries: Sequence[int], pcm: bytes | None
) -> bytes:
    """Make the body of an answer frame that carries speech. pcm: its samples; None where they are in the file."""
    status = _SPOKEN_TO_FILE if pcm is None else _SPOKEN
    head = _SPEECH.pack(status, sample_rate_hz, sample_count)
    return b"".join((head, pcm or b"", _little_endian(array("I", boundaries)).tobytes()))


def pack_failed(reason: str) -> bytes:
    """Make the body of an answer frame that reports a failure."""
    return bytes((_FAILED,)) + reason.encode(errors="replace")


def unpack_answer(body: bytes, read_file: Callable[[int], bytes] = lambda _: b"") -> Spoken | Failed:
    """Read the body of an answer frame. read_file: so many bytes from the beginning of the file of samples.

    Raises: EndOfStreamError when it is no answer.
    """
    if body[:1] == bytes((_FAILED,)):
        return Failed(body[1:].decode(errors="replace"))
    try:
        status, sample_rate_hz, sample_count = _SPEECH.unpack_from(body)
        boundaries_start = _SPEECH.size + (2 * sample_count if status == _SPOKEN else 0)
        boundaries = array("I")
        boundaries.frombytes(body[boundaries_start:])
    except (struct.error, ValueError) as error:
        raise EndOfStreamError from error
    if status not in (_SPOKEN, _SPOKEN_TO_FILE):
        raise EndOfStreamError
    pcm = body[_SPEECH.size : boundaries_start] if status == _SPOKEN else read_file(2 * sample_count)
    return Spoken(sample_rate_hz, pcm, _little_endian(boundaries))


def _little_endian(numbers: "array[int]") -> "array[int]":
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers
