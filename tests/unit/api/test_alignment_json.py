"""Alignments as JSON, sent while they are read."""

import asyncio
import json
import math
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

from fastapi import Request
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel
from starlette.types import Message

from rhapsode.api.alignment_json import alignments_response
from rhapsode.studio.alignment import AlignedText


class Named(BaseModel):
    name: str


async def _receive() -> Message:
    await asyncio.sleep(3600)
    raise AssertionError


def sent(chapters: list[list[AlignedText]], duration_samples: int | None = None) -> Any:
    """What a client makes of the whole response."""
    body = bytearray()

    async def send(message: Message) -> None:
        body.extend(message.get("body", b""))

    scope = {"type": "http", "headers": []}
    response = alignments_response(
        Request(scope), Named(name='Ebb {"} and'), chapters, duration_samples=duration_samples
    )
    asyncio.run(response(scope, _receive, send))
    return json.loads(body)


def test_everything_is_one_object() -> None:
    """The fields of the model, the duration where there is one, and the alignments; also of no chapters."""
    assert sent([]) == {"name": 'Ebb {"} and', "character_alignments": []}
    assert sent([], 44_100) == {
        "name": 'Ebb {"} and',
        "audio_duration_secs": 1.0,
        "character_alignments": [],
    }
    two = [AlignedText('a"', (0, 44_100, 66_150)), AlignedText("\n", (88_200, 132_300))]
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
    (alignment,) = sent([[AlignedText("a", (sample, sample))]])["character_alignments"]
    exact = Fraction(sample * 1_000_000, 44_100)
    assert exact - math.floor(exact) != Fraction(1, 2)
    assert alignment["character_start_times_seconds"] == [round(exact) / 1_000_000]


def test_the_first_chapters_are_sent_before_the_last_is_read() -> None:
    """A book's alignments are never in memory as a whole."""
    long = [AlignedText("a" * 20_000, tuple(range(20_001)))]
    read = 0

    def chapters() -> Iterator[list[AlignedText]]:
        nonlocal read
        while read < 50:
            read += 1
            yield long

    at_first_byte = 0

    async def send(message: Message) -> None:
        nonlocal at_first_byte
        at_first_byte = at_first_byte or read

    scope = {"type": "http", "headers": []}
    response = alignments_response(Request(scope), Named(name="Tides"), chapters())
    asyncio.run(response(scope, _receive, send))
    assert at_first_byte < 5
    assert read == 50
