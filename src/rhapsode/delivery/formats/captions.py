"""Captions: a spoken text cut into what is shown at once, and when. Pure.

At most two lines of 42 characters, or of 16 where characters are as wide as they are high; from one second to seven,
and never two at once. A sentence has a caption of its own where it can: a longer one is cut, at punctuation rather
than between words, and one of less than a second is shown with what stands beside it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

from rhapsode.audio.encoding import SAMPLE_RATE_HZ
from rhapsode.delivery.formats.caption_tokens import LINE_WIDTH, SPACE_WIDTH, Ending, Token

MIN_SAMPLES = SAMPLE_RATE_HZ
MAX_SAMPLES = 7 * SAMPLE_RATE_HZ
_CLOSED_GAP_SAMPLES = 30 * SAMPLE_RATE_HZ // 1000
"""Captions that are so near are shown without anything between them, which would be seen as a flicker."""

_ENDING_COSTS = {Ending.WORD: 12.0, Ending.CLAUSE: 6.0, Ending.SENTENCE: 0.0, Ending.PARAGRAPH: 0.0}
_INSIDE_COSTS = {Ending.WORD: 0.0, Ending.CLAUSE: 0.0, Ending.SENTENCE: 4.0, Ending.PARAGRAPH: 15.0}
_HURRY_COST = 1000.0
_EMPTY_COST = 3.0


@dataclass(frozen=True, slots=True)
class Caption:
    """What is shown from `start_sample` to before `end_sample`: one or two lines of tokens."""

    lines: tuple[tuple[Token, ...], ...]
    start_sample: int
    end_sample: int


def plan_captions(tokens: Sequence[Token], *, end_sample: int) -> list[Caption]:
    """The captions of a chapter, in order. end_sample: where its sound ends, and none is shown any more."""
    limits = [*(token.start_sample for token in tokens[1:]), end_sample]
    captions = []
    for start, end in _cheapest_cuts(tokens, limits):
        begin, heard = tokens[start].start_sample, tokens[end - 1].end_sample
        shown = _shown_until(begin, heard, max(limits[end - 1], heard))
        captions.append(Caption(_lines(tokens[start:end]), begin, shown))
    return captions


def _shown_until(begin: int, heard: int, limit: int) -> int:
    end = min(max(heard, begin + MIN_SAMPLES), limit, begin + MAX_SAMPLES)
    return limit if limit - end < _CLOSED_GAP_SAMPLES else end


def _cheapest_cuts(tokens: Sequence[Token], limits: Sequence[int]) -> list[tuple[int, int]]:
    """Ranges of tokens, one for each caption, whose costs are the least together."""
    measure = _Measure(tokens, limits)
    costs = [0.0, *[float("inf")] * len(tokens)]
    origins = [0] * (len(tokens) + 1)
    for start in range(len(tokens)):
        for end in measure.ends_from(start):
            cost = costs[start] + measure.cost(start, end)
            if cost < costs[end]:
                costs[end], origins[end] = cost, start
    ranges = []
    end = len(tokens)
    while end:
        ranges.append((origins[end], end))
        end = origins[end]
    return ranges[::-1]


class _Measure:
    """How well tokens go into one caption."""

    def __init__(self, tokens: Sequence[Token], limits: Sequence[int]) -> None:
        self._tokens = tokens
        self._limits = limits
        self._widths = [0, *accumulate(token.width + SPACE_WIDTH * token.spaced for token in tokens)]
        self._inside = [0.0, *accumulate(_INSIDE_COSTS[token.ending] for token in tokens)]

    def ends_from(self, start: int) -> range:
        """The ends of captions that begin with a token and are neither too wide nor too long; always one."""
        first = self._line_end(start)
        second = self._line_end(first) if first < len(self._tokens) else first
        latest = self._tokens[start].start_sample + MAX_SAMPLES
        end = start + 1
        while end < second and self._tokens[end].end_sample <= latest:
            end += 1
        return range(start + 1, end + 1)

    def _line_end(self, start: int) -> int:
        """The end of the longest line that begins with a token: a paragraph ends its line."""
        end = start + 1
        while (
            end < len(self._tokens)
            and self._tokens[end - 1].ending is not Ending.PARAGRAPH
            and self._width(start, end + 1) <= LINE_WIDTH
        ):
            end += 1
        return end

    def _width(self, start: int, end: int) -> int:
        return self._widths[end] - self._widths[start] - SPACE_WIDTH * self._tokens[start].spaced

    def cost(self, start: int, end: int) -> float:
        """The more, the worse a caption of these tokens is."""
        last = self._tokens[end - 1]
        cost = _ENDING_COSTS[last.ending] + self._inside[end - 1] - self._inside[start]
        is_part = last.ending < Ending.SENTENCE or (
            start > 0 and self._tokens[start - 1].ending < Ending.SENTENCE
        )
        if is_part:
            # A sentence that is cut is cut into pieces of much the same size.
            cost += _EMPTY_COST * (1 - self._width(start, end) / (2 * LINE_WIDTH)) ** 2
        begin = self._tokens[start].start_sample
        shown = max(last.end_sample, self._limits[end - 1]) - begin
        if shown < MIN_SAMPLES:
            cost += _HURRY_COST * (1 - shown / MIN_SAMPLES) + _HURRY_COST / 20
        return cost


def _lines(tokens: Sequence[Token]) -> tuple[tuple[Token, ...], ...]:
    """One line where all of it fits in, else two of much the same length, the lower rather the longer one."""
    paragraph = next((i for i, token in enumerate(tokens[:-1]) if token.ending is Ending.PARAGRAPH), None)
    if paragraph is not None:
        return tuple(tokens[: paragraph + 1]), tuple(tokens[paragraph + 1 :])
    if width_of(tokens) <= LINE_WIDTH:
        return (tuple(tokens),)
    cut = min(range(1, len(tokens)), key=lambda place: _line_cost(tokens[:place], tokens[place:]))
    return tuple(tokens[:cut]), tuple(tokens[cut:])


def _line_cost(upper: Sequence[Token], lower: Sequence[Token]) -> float:
    widths = width_of(upper), width_of(lower)
    too_wide = sum(max(0, width - LINE_WIDTH) for width in widths)
    difference = widths[0] - widths[1]
    slant = (difference if difference > 0 else -difference / 2) / LINE_WIDTH
    return too_wide * LINE_WIDTH + slant + _ENDING_COSTS[upper[-1].ending] / 30


def width_of(line: Sequence[Token]) -> int:
    """How wide a line of tokens is, in the units of LINE_WIDTH."""
    return sum(token.width + SPACE_WIDTH * token.spaced for token in line) - SPACE_WIDTH * line[0].spaced


def line_text(line: Sequence[Token]) -> str:
    """A line as it is read."""
    return "".join(f" {token.text}" if token.spaced else token.text for token in line).strip()
