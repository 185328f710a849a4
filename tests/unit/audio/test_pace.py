"""How fast voices speak, and what a text may take."""

import math

import pytest

from rhapsode.audio.pace import PACE_PARTS, UNKNOWN_PACE, Pace, count_letters, find_misfit, pace_of

TEXT = "The boat is late again, and nobody waits for it on the quay."
LETTERS = 46


def steady(letter_s: float, *, parts: int = PACE_PARTS) -> Pace:
    seconds = math.log(letter_s)
    return Pace(parts, parts * seconds, parts * seconds**2)


def test_a_part_tells_seconds_for_each_letter() -> None:
    """Two of them are added up."""
    one = pace_of(TEXT, LETTERS * 0.1)

    assert one.part_count == 1
    assert one.log_sum == pytest.approx(math.log(0.1))
    assert one.log_square_sum == pytest.approx(one.log_sum**2)
    assert one.plus(one) == Pace(2, 2 * one.log_sum, 2 * one.log_square_sum)


@pytest.mark.parametrize(
    "text",
    [
        "Too short to say anything of a voice.",
        "The boats of 1999 were late, and nobody waited for them at all",
        "…",
        "",
    ],
)
def test_short_texts_and_digits_tell_nothing(text: str) -> None:
    """Nobody knows what is said for them."""
    assert pace_of(text, 3.0) == UNKNOWN_PACE


def test_an_ideograph_is_as_long_as_three_letters() -> None:
    """So the limits of a voice that nobody knows yet hold for every script."""
    assert count_letters("老房子") == 9
    assert count_letters("ab1 é!") == 4


@pytest.mark.parametrize(
    ("pace", "duration_s", "found"),
    [
        (UNKNOWN_PACE, LETTERS * 0.02, "short"),
        (UNKNOWN_PACE, LETTERS * 0.03, None),
        (UNKNOWN_PACE, LETTERS * 0.2, None),
        (UNKNOWN_PACE, LETTERS * 0.6, "long"),
        (steady(0.08, parts=PACE_PARTS - 1), LETTERS * 0.03, None),
        (steady(0.08), LETTERS * 0.03, "short"),
        (steady(0.08), LETTERS * 0.06, None),
        (steady(0.08), LETTERS * 0.12, None),
        (steady(0.08), LETTERS * 0.24, "long"),
        (steady(0.2), LETTERS * 0.24, None),
    ],
)
def test_speech_is_judged_by_its_voice_once_enough_is_known(
    pace: Pace, duration_s: float, found: str | None
) -> None:
    """Before, by what any voice could do."""
    assert find_misfit(TEXT, duration_s, pace) == found


def test_a_voice_that_varies_is_judged_less_strictly() -> None:
    """Its own deviations decide."""
    fast, slow = math.log(0.05), math.log(0.11)
    half = PACE_PARTS // 2
    varied = Pace(2 * half, half * (fast + slow), half * (fast**2 + slow**2))

    assert find_misfit(TEXT, LETTERS * 0.035, steady(0.074)) == "short"
    assert find_misfit(TEXT, LETTERS * 0.035, varied) is None


@pytest.mark.parametrize(
    ("text", "duration_s"),
    [("WWW", 4), ("1999", 7), ("5", 2), ("@ # %", 6), ("No—no…—no!", 4), ("αβγ and more", 7)],
)
def test_what_is_spelled_or_named_may_take_long(text: str, duration_s: float) -> None:
    """As long as there could be words for it, which plain letters in its place may not."""
    plain = "a" * len(text)

    assert find_misfit(text, duration_s, steady(0.08)) is None
    assert find_misfit(plain, duration_s, steady(0.08)) == "long"
