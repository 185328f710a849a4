"""Frames, requests and answers."""

import io
from dataclasses import replace

import pytest

from rhapsode.engines.espeak.protocol import (
    Failed,
    Request,
    Spoken,
    pack_failed,
    pack_request,
    pack_spoken,
    unpack_answer,
    unpack_request,
)
from rhapsode.engines.frames import EndOfStreamError, read_frame, write_frame
from rhapsode.studio.pronunciation import Pronunciation

REQUEST = Request(
    text="Ça — 好", voice="en-us+f3", rate_wpm=165, pitch=48, pitch_range=55, volume=90, wall_ms=1500
)


def test_a_request_comes_back_as_it_was() -> None:
    """Packing and unpacking lose nothing, and each field has its own place."""
    assert unpack_request(pack_request(REQUEST)) == REQUEST
    assert pack_request(REQUEST)[:10] == bytes((0xDC, 0x05, 0, 0, 165, 0, 90, 48, 55, 8))


def test_pronunciations_come_back_too() -> None:
    """In their order, in front of the text."""
    request = replace(REQUEST, pronunciations=(Pronunciation(0, 2, "sa"), Pronunciation(5, 6, "ˈxɑʊ˧˥")))

    assert unpack_request(pack_request(request)) == request


@pytest.mark.parametrize("in_file", [False, True])
def test_speech_comes_back_as_it_was(in_file: bool) -> None:
    """Rate, samples and boundaries survive, wherever the samples are."""
    pcm = b"\x01\x02\x03\x04"
    body = pack_spoken(22_050, 2, [0, 1, 2], None if in_file else pcm)
    spoken = unpack_answer(body, lambda size_bytes: (pcm + b"older")[:size_bytes])

    assert isinstance(spoken, Spoken)
    assert (spoken.sample_rate_hz, spoken.pcm, list(spoken.boundaries)) == (22_050, pcm, [0, 1, 2])
    assert (pcm in body) is not in_file


def test_a_failure_says_why() -> None:
    """The reason survives."""
    assert unpack_answer(pack_failed("no voice 'ü'")) == Failed("no voice 'ü'")


@pytest.mark.parametrize("body", [b"", b"\x00", b"\x07" * 20, pack_spoken(1, 1, [0], b"ab")[:-1]])
def test_what_is_no_answer_is_refused(body: bytes) -> None:
    """A short or foreign body is an error, never speech."""
    with pytest.raises(EndOfStreamError):
        unpack_answer(body)


def test_frames_follow_each_other() -> None:
    """Two frames written are two frames read, an empty one too; then the stream is at its end."""
    stream = io.BytesIO()
    write_frame(stream, b"one")
    write_frame(stream, b"")
    stream.seek(0)

    assert read_frame(stream) == b"one"
    assert read_frame(stream) == b""
    with pytest.raises(EndOfStreamError):
        read_frame(stream)


@pytest.mark.parametrize("content", [b"\x05\x00\x00\x00ab", b"\x01\x00", b"\xff\xff\xff\xff"])
def test_a_frame_cut_short_or_absurdly_long_is_refused(content: bytes) -> None:
    """Neither a lost byte nor a wild length is waited for."""
    with pytest.raises(EndOfStreamError):
        read_frame(io.BytesIO(content))
