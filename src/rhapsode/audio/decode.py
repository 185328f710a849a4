"""The sound of any audio file as samples. Only for limited children: it is strangers' files that FFmpeg reads."""

from collections.abc import Iterator
from pathlib import Path

import av
import numpy as np
from av import AudioStream, Packet
from av.container import InputContainer
from numpy.typing import NDArray

from rhapsode.studio.errors import InvalidAudio

DECODED_RATE_HZ = 16_000
"""All that speech needs; mono."""

SAMPLE_BYTES = 2

# Containers only. What FFmpeg also calls formats, playlists and lists of files, would have it open other files.
_CONTAINERS = (
    "aac",
    "ac3",
    "aiff",
    "amr",
    "ape",
    "asf",
    "au",
    "avi",
    "caf",
    "eac3",
    "flac",
    "flv",
    "matroska,webm",
    "mov,mp4,m4a,3gp,3g2,mj2",
    "mp3",
    "mpeg",
    "mpegts",
    "ogg",
    "tta",
    "w64",
    "wav",
    "wv",
)


def decode_file(source: Path, target: Path, *, max_s: int) -> int:
    """Write the first audio stream of a file to another, as 16-bit little-endian samples; return how many.

    Raises: InvalidAudio, for what is no audio, has none, or has more than `max_s` seconds of it.
    """
    sample_count = 0
    try:
        with source.open("rb") as file, target.open("r+b") as samples:
            options = {"format_whitelist": ",".join(_CONTAINERS), "protocol_whitelist": ""}
            with av.open(file, mode="r", options=options, metadata_errors="ignore") as container:
                for block in _blocks(container):
                    sample_count += block.size
                    _check_length(sample_count, max_s)
                    samples.write(block.astype("<i2", copy=False).tobytes())
    except (av.FFmpegError, ValueError) as error:
        msg = "The file can't be read as audio. Send it as MP3, WAV, FLAC, Ogg, M4A or WebM."
        raise InvalidAudio(msg) from error
    if sample_count == 0:
        raise InvalidAudio(_SILENT)
    return sample_count


_SILENT = "There is no audio in the file."


def _blocks(container: InputContainer) -> Iterator[NDArray[np.int16]]:
    if not container.streams.audio:
        raise InvalidAudio(_SILENT)
    stream = container.streams.audio[0]
    resampler = av.AudioResampler(format="s16", layout="mono", rate=DECODED_RATE_HZ)
    for packet in container.demux(stream):
        for frame in _frames(packet):
            for resampled in resampler.resample(frame):
                yield resampled.to_ndarray()[0]
    for resampled in resampler.resample(None):
        yield resampled.to_ndarray()[0]


def _frames(packet: "Packet[AudioStream]") -> list[av.AudioFrame]:
    """What a packet holds; a damaged one is passed over, as players do."""
    try:
        return packet.decode()
    except av.InvalidDataError:
        return []


def _check_length(sample_count: int, max_s: int) -> None:
    if sample_count > max_s * DECODED_RATE_HZ:
        msg = f"The audio is longer than {max_s // 3600} hours, the most that is aligned at once."
        raise InvalidAudio(msg)
