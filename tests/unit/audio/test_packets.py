"""AAC and Opus packets of sounds that were encoded one by one, in one file."""

from collections.abc import Callable, Sequence
from itertools import accumulate, pairwise

import numpy as np
import pytest
from numpy.typing import NDArray

from rhapsode.audio.encode import resampled_length
from rhapsode.audio.encoding import AAC_64, OPUS_48, Encoding
from rhapsode.audio.m4b import m4b_head
from rhapsode.audio.ogg_opus import OggOpusWriter
from rhapsode.audio.packet_grid import (
    packet_count,
    packet_marks,
    packet_start_44100,
    packets_last,
    pause_packets,
)
from rhapsode.audio.packets import Packets, encode_packets, encode_silence
from rhapsode.audio.tags import Tags

Samples = NDArray[np.int16]
BOTH = pytest.mark.parametrize("encoding", [AAC_64, OPUS_48], ids=lambda encoding: encoding.name)
LENGTHS = (30_000, 1, 20_011, 0, 52_345, 1024, 44_100)
PAUSE_PACKETS = 9
REACH = 50


def split(packets: Packets) -> list[bytes]:
    return [packets.content[start:end] for start, end in pairwise(accumulate(packets.sizes, initial=0))]


def file_of(pieces: Sequence[Packets], encoding: Encoding) -> bytes:
    """A whole file of pieces, in the container of its codec."""
    if encoding is OPUS_48:
        writer = OggOpusWriter()
        start = writer.head([], None)
        return start + b"".join(writer.write(split(piece)) for piece in pieces) + writer.finish()
    sizes = np.array([size for piece in pieces for size in piece.sizes])
    head = m4b_head(Tags("Tides"), sizes, packet_marks(["Tides"], [len(sizes)], encoding))
    return head.before_cover + head.after_cover + b"".join(piece.content for piece in pieces)


def at_rate(sound: Samples, encoding: Encoding) -> NDArray[np.float64]:
    """A sound at the encoding's own rate, near enough to be compared with."""
    length = resampled_length(sound.size, from_hz=44_100, to_hz=encoding.sample_rate_hz)
    places = np.arange(length) * 44_100 / encoding.sample_rate_hz
    return np.interp(places, np.arange(sound.size + 1), np.append(sound, 0) / 32_768)


def lag(samples: NDArray[np.float64], sound: NDArray[np.float64], start: int) -> int:
    """By how many samples a sound is heard later than at `start`; 0 where it is too short to tell."""
    if sound.size < 5_000:
        return 0
    sound = sound[:12_000]
    around = np.pad(samples, REACH)[start : start + sound.size + 2 * REACH]
    return int(np.correlate(around, sound, "valid").argmax()) - REACH


@BOTH
def test_each_sound_is_heard_where_the_grid_says(
    tone: Callable[[float, int], Samples], decode: Callable[..., NDArray[np.float64]], encoding: Encoding
) -> None:
    """Within a twentieth of a millisecond, and the pauses between them are nearly silent.

    (Opus has a filter against rumble, which moves low sounds a little.)
    """
    sounds = [tone(900 + 100 * number, length) for number, length in enumerate(LENGTHS)]
    pieces = [
        p for s in sounds for p in (encode_packets(s, encoding), encode_silence(PAUSE_PACKETS, encoding))
    ]
    samples = decode(file_of(pieces, encoding), "ogg" if encoding is OPUS_48 else None)
    assert samples.size == packets_last(sum(len(piece.sizes) for piece in pieces), encoding)

    packet = 0
    for sound in sounds:
        start = packet * encoding.frame_samples
        packet += packet_count(sound.size, encoding) + PAUSE_PACKETS
        assert abs(lag(samples, at_rate(sound, encoding), start)) <= 2
        silent = samples[(packet - PAUSE_PACKETS + 2) * encoding.frame_samples :][
            : 4 * encoding.frame_samples
        ]
        assert np.abs(silent).max() < 0.001


@BOTH
def test_a_sound_is_the_same_among_others(
    tone: Callable[[float, int], Samples], decode: Callable[..., NDArray[np.float64]], encoding: Encoding
) -> None:
    """Its packets are decoded to what they are decoded to alone: nothing of its neighbours is heard in it."""
    middle = encode_packets(tone(500, 40_000), encoding)
    quiet = encode_silence(12, encoding)
    container = "ogg" if encoding is OPUS_48 else None
    alone = decode(file_of([quiet, middle, quiet], encoding), container)
    loud = encode_packets(tone(900, 12 * encoding.frame_samples - 2_000), encoding)
    among = decode(file_of([loud, middle, loud], encoding), container)
    start = len(loud.sizes) * encoding.frame_samples
    start_alone = 12 * encoding.frame_samples
    length = 40_000
    difference = among[start : start + length] - alone[start_alone : start_alone + length]
    assert np.abs(difference).max() <= (0.0 if encoding is AAC_64 else 0.005)


@BOTH
@pytest.mark.parametrize("length", [0, 1, 1023, 1024, 1025, 100_000])
def test_there_are_as_many_packets_as_the_grid_has(encoding: Encoding, length: int) -> None:
    """And their sizes add up to their bytes, as records keep them."""
    packets = encode_packets(np.zeros(length, np.int16), encoding)
    assert len(packets.sizes) == packet_count(length, encoding) >= 1
    assert sum(packets.sizes) == len(packets.content)
    assert np.frombuffer(packets.packed_sizes, "<u2").tolist() == list(packets.sizes)


@BOTH
def test_equal_sounds_have_equal_bytes(tone: Callable[[float, int], Samples], encoding: Encoding) -> None:
    """So a segment that was lost is made again as it was."""
    assert encode_packets(tone(440, 30_000), encoding) == encode_packets(tone(440, 30_000), encoding)


@BOTH
def test_a_pause_is_as_long_as_on_the_other_grid(encoding: Encoding) -> None:
    """To half a packet, with the silence that the sound before it ends with; never less than one packet."""
    for frames in (1, 2, 7, 23, 400):
        seconds = frames * 1152 / 44_100
        tail = 3 if encoding is OPUS_48 else 0
        packet_s = encoding.frame_samples / encoding.sample_rate_hz
        made_s = (pause_packets(frames, encoding) + tail) * packet_s
        assert abs(made_s - seconds) <= packet_s / 2 or pause_packets(frames, encoding) == 1


def test_marks_lie_on_one_timeline() -> None:
    """At 44.1 kHz, each rounded once, from the first sample to the last that is heard."""
    marks = packet_marks(["One", "Two", "Three"], [7, 100_001, 5], OPUS_48)
    assert [mark.start_sample for mark in marks] == [0, 6174, 88_207_056]
    assert [mark.end_sample for mark in marks[:-1]] == [mark.start_sample for mark in marks[1:]]
    assert packet_start_44100(100_008, OPUS_48) == 88_207_056
    assert marks[-1].end_sample == round((100_013 * 960 - 312) * 44_100 / 48_000)
