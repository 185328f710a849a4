"""Who speaks each turn of a conversation, given what speaks for and against each who could.

A chain over pairs of neighbouring speakers: who spoke before the last one is likely to speak again. All ways through
it are weighed against each other, so that what is known of a later turn decides an earlier one too, and each decision
has a probability.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

Scores = Mapping[int, float]
Transition = Callable[[int, int | None, int, int], float]
"""(turn, who spoke two turns before it or None, who spoke before it, who speaks it) -> score."""


@dataclass(frozen=True, slots=True)
class Decision:
    """Who speaks a turn, and how likely that is, 0 to 1."""

    person: int
    probability: float


def decide(turns: Sequence[Scores], transition: Transition) -> list[Decision]:
    """The likeliest speaker of each turn.

    turns: of each who could speak it, at least one, the natural logarithm of how much likelier that is than another,
      by all that isn't about other turns.
    """
    if not turns:
        return []
    forward = _forward(turns, transition)
    backward = _backward(turns, transition)
    return [_decision(ahead, behind) for ahead, behind in zip(forward, backward, strict=True)]


_Pairs = dict[tuple[int | None, int], float]


def _forward(turns: Sequence[Scores], transition: Transition) -> list[_Pairs]:
    """For each turn, of each pair (speaker before, speaker) all that leads up to it."""
    found: list[_Pairs] = [{(None, person): score for person, score in turns[0].items()}]
    for number in range(1, len(turns)):
        reached: dict[tuple[int | None, int], list[float]] = {}
        for (before, last), weight in found[-1].items():
            for person, score in turns[number].items():
                total = weight + score + transition(number, before, last, person)
                reached.setdefault((last, person), []).append(total)
        found.append({pair: _log_sum(weights) for pair, weights in reached.items()})
    return found


def _backward(turns: Sequence[Scores], transition: Transition) -> list[_Pairs]:
    """For each turn, of each pair all that follows from it."""
    found: list[_Pairs] = [{}]
    for number in range(len(turns) - 1, 0, -1):
        following = found[-1]
        befores = [None] if number == 1 else list(turns[number - 2])
        pairs: _Pairs = {}
        for before in befores:
            for last in turns[number - 1]:
                weights = [
                    score + transition(number, before, last, person) + following.get((last, person), 0.0)
                    for person, score in turns[number].items()
                ]
                pairs[before, last] = _log_sum(weights)
        found.append(pairs)
    return found[::-1]


def _decision(forward: _Pairs, backward: _Pairs) -> Decision:
    weights: dict[int, list[float]] = {}
    for (before, person), weight in forward.items():
        weights.setdefault(person, []).append(weight + backward.get((before, person), 0.0))
    totals = {person: _log_sum(values) for person, values in weights.items()}
    everything = _log_sum(list(totals.values()))
    best = max(totals, key=lambda person: totals[person])
    return Decision(best, math.exp(totals[best] - everything))


def _log_sum(values: Sequence[float]) -> float:
    largest = max(values)
    return largest + math.log(sum(math.exp(value - largest) for value in values))
