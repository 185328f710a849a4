"""How fast a voice speaks, and what that says of speech that is far too short or too long for its text.

A text is weighed twice, as nobody knows what an engine makes of digits, symbols and capitals: the least that may be
said for it, and the most. Between the two nothing is noticed, so a wrong alarm is rare.
"""

import math
import re
from dataclasses import dataclass

PACE_PARTS = 50
"""So many stretches of speech tell a voice's pace; with fewer, the limits are those of any voice."""

MIN_PACE_CHARACTERS = 40
"""A shorter text says nothing of a pace: where one word stands alone, most of its time is its end."""

_MIN_SHORT_CHARACTERS = 15
_USUAL_S = 0.075
"""Of a letter, in most languages: from 0.057 (French) to 0.19 (Oriya) with espeak at its usual speed."""

_UNKNOWN_TOLERANCE = math.log(3)
_MIN_TOLERANCE = 0.4
"""Of the natural logarithm: half as slow again as the voice's mean, or two thirds of it."""

_DEVIATIONS = 4
_SLACK_S = 1.5
"""Silence at both ends, and what one short text may take longer than another."""

_IDEOGRAPHS = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_FAR_LETTERS = re.compile(r"(?![\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af])[\u0370-\uffff]")
_DIGITS = re.compile(r"\d")
_CAPITALS = re.compile(r"[^\W\d_a-z]{2,}")
_PAUSING = re.compile(r"[.,;:!?\u2026\u2013\u2014\u2015\n\u3001\u3002]")
_SYMBOLS = re.compile(r"[^\w\s.,;:!?'\"()\[\]\u2010-\u2027\u3001\u3002-]")

# In letters: what each kind of character may take, where an engine spells it or says its name.
_IDEOGRAPH_WEIGHT = 3
_PAUSE_WEIGHT = 3
_DIGIT_WEIGHT = 12
_CAPITAL_WEIGHT = 7
_NAMED_WEIGHT = 15


@dataclass(frozen=True, slots=True)
class Pace:
    """Sums over stretches of speech: natural logarithms of seconds for each letter, and their squares."""

    part_count: int = 0
    log_sum: float = 0.0
    log_square_sum: float = 0.0

    @property
    def is_known(self) -> bool:
        """Whether there is enough to judge by."""
        return self.part_count >= PACE_PARTS

    def plus(self, other: "Pace") -> "Pace":
        """Both together."""
        return Pace(
            self.part_count + other.part_count,
            self.log_sum + other.log_sum,
            self.log_square_sum + other.log_square_sum,
        )

    def limits_s(self) -> tuple[float, float]:
        """The fewest and the most seconds that a letter may take."""
        if not self.is_known:
            return _USUAL_S * math.exp(-_UNKNOWN_TOLERANCE), _USUAL_S * math.exp(_UNKNOWN_TOLERANCE)
        mean = self.log_sum / self.part_count
        variance = max(0.0, self.log_square_sum / self.part_count - mean**2)
        tolerance = max(_MIN_TOLERANCE, _DEVIATIONS * math.sqrt(variance))
        return math.exp(mean - tolerance), math.exp(mean + tolerance)

    @property
    def letter_s(self) -> float | None:
        """The seconds that a letter takes on an average; None as long as there is too little to say so."""
        if not self.is_known:
            return None
        mean = self.log_sum / self.part_count
        variance = max(0.0, self.log_square_sum / self.part_count - mean**2)
        # The logarithms are about as in a bell curve, whose mean isn't the mean of what they are of.
        return math.exp(mean + variance / 2)


UNKNOWN_PACE = Pace()
"""Of a voice that has said too little."""


def pace_of(spoken_text: str, duration_s: float) -> Pace:
    """What one stretch of speech says of its voice's pace: nothing, where its text is short or has digits."""
    letters = count_letters(spoken_text)
    if letters < MIN_PACE_CHARACTERS or duration_s <= 0 or _DIGITS.search(spoken_text):
        return UNKNOWN_PACE
    seconds = math.log(duration_s / letters)
    return Pace(1, seconds, seconds**2)


def count_letters(text: str) -> int:
    """The least that may be said for a text, in letters of an alphabet; none without any letter or digit."""
    letters = sum(map(str.isalnum, text))
    if text.isascii():
        return letters
    return letters + (_IDEOGRAPH_WEIGHT - 1) * len(_IDEOGRAPHS.findall(text))


def find_misfit(spoken_text: str, duration_s: float, pace: Pace) -> str | None:
    """`short` or `long`, where speech is that by far for its text; None where it isn't."""
    fastest_s, slowest_s = pace.limits_s()
    letters = count_letters(spoken_text)
    if letters >= _MIN_SHORT_CHARACTERS and duration_s < letters * fastest_s:
        return "short"
    # Most speech ends here, before its text is weighed in detail.
    if duration_s <= letters * slowest_s + _SLACK_S:
        return None
    return "long" if duration_s > _most_letters(spoken_text, letters) * slowest_s + _SLACK_S else None


def _most_letters(text: str, letters: int) -> int:
    """What may be said for a text at most, in letters.

    Letters of a second script are named one by one where a voice has no sounds for them.
    """
    far = len(_FAR_LETTERS.findall(text))
    return (
        letters
        + _DIGIT_WEIGHT * len(_DIGITS.findall(text))
        + _CAPITAL_WEIGHT * sum(map(len, _CAPITALS.findall(text)))
        + _PAUSE_WEIGHT * len(_PAUSING.findall(text))
        + _NAMED_WEIGHT * len(_SYMBOLS.findall(text))
        + _NAMED_WEIGHT * min(far, letters - far)
    )
