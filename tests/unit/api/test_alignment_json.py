"""Alignments as JSON, sent while they are read."""

import asyncio
import json
import math
from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Any

import numpy as np
from fastapi import Request
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel
from starlette.types import Message

from rhapsode.api.alignment_json import iterate_alignments
from rhapsode.api.byte_routes import bytes_response
from rhapsode.delivery.alignments import TimedText


class Named(BaseModel):
    name: str


def timed(text: str, samples: Sequence[int]) -> TimedText:
    """A stretch of text whose character i is heard from samples[i] to samples[i + 1]."""
    return TimedText(text, np.array(samples, np.int64))


async def _receive() -> Message:
    await asyncio.sleep(3600)
    raise AssertionError


def sent(chapters: list[list[TimedText]], duration_samples: int | None = None) -> Any:
    """What a client makes of the whole response."""
    named = Named(name='Ebb {"} and')
    return json.loads(b"".join(iterate_alignments(named, chapters, duration_samples=duration_samples)))


def test_everything_is_one_object() -> None:
    """The fields of the model, the duration where there is one, and the alignments; also of no chapters."""
    assert sent([]) == {"name": 'Ebb {"} and', "character_alignments": []}
    assert sent([], 44_100) == {
        "name": 'Ebb {"} and',
        "audio_duration_secs": 1.0,
        "character_alignments": [],
    }
    two = [timed('a"', (0, 44_100, 66_150)), timed("\n", (88_200, 132_300))]
    assert sent([two, []])["character_alignments"] == [
        {
            "characters": ["a", '"', "\n"],
            "character_start_times_seconds": [0, 1, 2],
            "character_end_times_seconds": [1, 2, 3],
        },
        {"characters": [], "character_start_times_seconds": [], "character_end_times_seconds": []},
    ]


@given(st.integers(0, 44_100 * 3600 * 1000))
def test_a_time_is_the_nearest_microsecond(sample: int) -> None:
    """For any sample of a thousand hours, by exact arithmetic; none lies halfway between two."""
    (alignment,) = sent([[timed("a", (sample, sample))]])["character_alignments"]
    exact = Fraction(sample * 1_000_000, 44_100)
    assert exact - math.floor(exact) != Fraction(1, 2)
    assert alignment["character_start_times_seconds"] == [round(exact) / 1_000_000]


def test_the_first_chapters_are_sent_before_the_last_is_read() -> None:
    """A book's alignments are never in memory as a whole."""
    long = [timed("a" * 20_000, tuple(range(20_001)))]
    read = 0

    def chapters() -> Iterator[list[TimedText]]:
        nonlocal read
        while read < 50:
            read += 1
            yield long

    at_first_byte = 0

    async def send(message: Message) -> None:
        nonlocal at_first_byte
        at_first_byte = at_first_byte or read

    scope = {"type": "http", "headers": []}
    content = iterate_alignments(Named(name="Tides"), chapters())
    response = bytes_response(Request(scope), media_type="application/json", content=content)
    asyncio.run(response(scope, _receive, send))
    assert at_first_byte < 5
    assert read == 50


@given(
    st.lists(st.tuples(st.text(st.characters(exclude_categories=["Cs"]), min_size=1), st.integers(0, 2**36))),
    st.integers(0, 40_000),
)
def test_every_byte_is_as_json_has_it(pieces: list[tuple[str, int]], length: int) -> None:
    """Whatever the characters are, and however many stretches and moments."""
    chapter = [timed(text, [start + 97 * at for at in range(len(text) + 1)]) for text, start in pieces]
    chapter.append(timed("a" * (length + 1), range(length + 2)))
    starts = [sample for piece in chapter for sample in piece.samples[:-1].tolist()]
    moments = [round(sample / 44_100, 6) for sample in [*starts, length + 1]]

    (alignment,) = sent([chapter])["character_alignments"]

    assert alignment["characters"] == [*"".join(piece.text for piece in chapter)]
    assert alignment["character_start_times_seconds"] == moments[:-1]
    assert alignment["character_end_times_seconds"] == moments[1:]
