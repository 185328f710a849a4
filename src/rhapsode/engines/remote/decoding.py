"""What a speech server sends as samples: WAV, FLAC or MP3, told apart by their bytes, and bare PCM."""

import io
import struct
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from rhapsode.engines.remote.exchange import MAX_SPEECH_BYTES, Answer, told_by

if TYPE_CHECKING:
    import soundfile

PCM_RATE_HZ = 24_000
"""Of bare samples, which say nothing of themselves: OpenAI's rate, and that of the servers that follow it."""

_RATES_HZ = range(8_000, 48_001)
_MAX_SAMPLES = MAX_SPEECH_BYTES // 2
"""Of all channels. A day of silence is a few MB as FLAC."""

_BLOCK_SAMPLES = 2**18
_TAG = b"ID3"
_UNKNOWN_SIZES = frozenset({0, 0x7FFFFFFF, 0xFFFFFFFF, 0x7FFFF000, 0x80000000})
"""What stands in the head of a WAV whose length wasn't known when it began."""


def decode(answer: Answer, *, is_pcm: bool) -> tuple[NDArray[np.int16], int]:
    """Mono 16-bit samples, at least one, and their rate.

    is_pcm: whether bare samples were asked for.
    Raises: ValueError, which says what came instead.
    """
    content = answer.content
    if not content:
        msg = "the answer was empty"
        raise ValueError(msg)
    kind = _kind(content)
    if kind is None and not (is_pcm and _is_bare(answer)):
        raise ValueError(_something_else(answer))
    samples, rate_hz = (_bare(content), PCM_RATE_HZ) if kind is None else _read(content, kind)
    if not samples.size:
        msg = "there was no sound in the answer"
        raise ValueError(msg)
    if rate_hz not in _RATES_HZ:
        msg = f"the sound had {rate_hz} samples a second"
        raise ValueError(msg)
    return samples, rate_hz


def _kind(content: bytes) -> str | None:
    if content[:4] == b"RIFF" and content[8:12] == b"WAVE":
        return "wav"
    if content[:4] == b"fLaC":
        return "flac"
    is_frame = len(content) > 1 and content[0] == 0xFF and content[1] & 0xE6 == 0xE2
    return "mp3" if content[:3] == _TAG or is_frame else None


def _is_bare(answer: Answer) -> bool:
    """Whether it may be samples: nothing in them says so, but a page or an error isn't what it is."""
    is_text = answer.media_type.startswith("text/") or answer.media_type == "application/json"
    return not is_text and answer.content[:1] not in (b"{", b"<")


def _bare(content: bytes) -> NDArray[np.int16]:
    if len(content) % 2:
        msg = "the answer was cut in the middle of a sample"
        raise ValueError(msg)
    return np.frombuffer(content, dtype="<i2").astype(np.int16, copy=False)


def _something_else(answer: Answer) -> str:
    if answer.content.lstrip()[:1] == b"<":
        return "it was a page in HTML"
    if answer.media_type == "application/json" or answer.content[:1] == b"{":
        return f"it said {told_by(answer.content)!r}"
    return f"it was no WAV, FLAC or MP3 ({answer.media_type or 'of no type'}, {len(answer.content)} bytes)"


def _read(content: bytes, kind: str) -> tuple[NDArray[np.int16], int]:
    import soundfile

    if kind == "wav":
        _check_whole(content)
    try:
        with soundfile.SoundFile(io.BytesIO(content)) as file:
            declared, rate_hz = file.frames, file.samplerate
            is_exact = file.subtype == "PCM_16" and file.channels == 1
            samples = _unpacked(file, "int16" if is_exact else "float32")
    except (soundfile.LibsndfileError, RuntimeError) as error:
        msg = f"the {kind.upper()} can't be read: {error}"
        raise ValueError(msg) from error
    if kind == "flac" and len(samples) < declared:
        msg = "the FLAC was cut"
        raise ValueError(msg)
    return (np.ascontiguousarray(samples[:, 0], np.int16) if is_exact else _mixed(samples)), rate_hz


def _unpacked(file: "soundfile.SoundFile", kind: Literal["int16", "float32"]) -> NDArray[Any]:
    """All samples, shape (n, channels), as far as they are no more than anybody says. Raises: ValueError."""
    blocks: list[NDArray[Any]] = []
    left = _MAX_SAMPLES // file.channels
    while left >= 0:
        block: NDArray[Any] = file.read(_BLOCK_SAMPLES // file.channels, dtype=kind, always_2d=True)
        blocks.append(block)
        left -= len(block)
        if not block.size:
            return np.concatenate(blocks)
    msg = "it was longer than any text sounds"
    raise ValueError(msg)


def _mixed(samples: NDArray[np.float32]) -> NDArray[np.int16]:
    """One channel of several, rounded once."""
    mono: NDArray[np.float32] = samples.mean(axis=1)
    if not np.isfinite(mono).all():
        msg = "its samples are no numbers"
        raise ValueError(msg)
    return np.clip(np.rint(mono * 32_768), -32_768, 32_767).astype(np.int16)


def _check_whole(content: bytes) -> None:
    """See that a WAV is as long as it says, if it does: a connection that was closed early says nothing.

    Source: Multimedia Programming Interface and Data Specifications 1.0, RIFF: chunks begin at even places.
    """
    place = 12
    while place + 8 <= len(content):
        name, size_bytes = struct.unpack_from("<4sI", content, place)
        if name == b"data":
            if size_bytes not in _UNKNOWN_SIZES and place + 8 + size_bytes > len(content):
                msg = "the WAV was cut"
                raise ValueError(msg)
            return
        place += 8 + size_bytes + size_bytes % 2
    msg = "the WAV was cut before its sound"
    raise ValueError(msg)
