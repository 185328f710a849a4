"""Halves of surrogate pairs are found in JSON without parsing it."""

import json

import pytest

from rhapsode.api.half_characters import has_half_character

HALVES = [
    rb'"\ud83e"',
    rb'"\uD83E\u0041"',
    rb'"\udd2d"',
    rb'"\udd2d\ud83e"',
    rb'"\ud83e\ud83e\udd2d"',
    rb'"\ud83e\udd2d\udd2d"',
    rb'"\ud83e\\udd2d"',
    rb'"\\ud83e\udd2d"',
    rb'"\\\ud83e"',
    rb'"\\\\\udd2d \ud83e\udd2d"',
    rb'"\\ud83e\\\ud83e\udd2d\\\udd2d"',
    rb'{"\ud83e": 1}',
]
WHOLE = [
    b"",
    b"[1]",
    rb'"\ud83e\udd2d"',
    rb'"\uD83E\uDD2D\ud83e\udd2d"',
    rb'"\\ud83e"',
    rb'"\\\\udd2d \\\ud83e\udd2d"',
    rb'"\\\\\ud83e\udd2d\\ud83e"',
    rb'"\ud7ff\ue000\u00d8"',
]


@pytest.mark.parametrize("body", HALVES)
def test_halves_are_found(body: bytes) -> None:
    """Escaped in either case, in any place; what has been parsed can't be written down."""
    assert has_half_character(body)
    with pytest.raises(UnicodeEncodeError):
        json.dumps(json.loads(body), ensure_ascii=False).encode()


@pytest.mark.parametrize("body", WHOLE)
def test_whole_characters_are_let_through(body: bytes) -> None:
    """Pairs, and backslashes that are text and have letters and digits behind them."""
    assert not has_half_character(body)
    json.dumps(json.loads(body or b"0"), ensure_ascii=False).encode()
