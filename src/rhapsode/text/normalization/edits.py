"""Stretches of a text that are replaced by words, and the text with all of them made."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from rhapsode.text.spoken import Replacement, SpanMap

_SPACES = (" ", "\t", "\n", "\r", "\u00a0", "\u2009", "\u202f", "")
_APART_BEFORE = frozenset([*_SPACES, *"([{“‘«„\"'¿¡—"])  # noqa: RUF001
_APART_BEHIND = frozenset([*_SPACES, *")]}.,;:!?”’»\"'—"])


@dataclass(frozen=True, slots=True)
class Edit:
    """Code points `start` to `end` of a text, at least one, are spoken as `spoken`."""

    start: int
    end: int
    spoken: str


def edit(match: re.Match[str], group: str | int, spoken: str) -> Edit:
    """What was found as `group`, spoken as `spoken`."""
    return Edit(match.start(group), match.end(group), spoken)


def edit_apart(match: re.Match[str], group: str | int, spoken: str) -> Edit:
    """The same, with a space on each side where it would touch a word; space inside it is gone."""
    start, end = match.span(group)
    before = "" if match.string[max(0, start - 1) : start] in _APART_BEFORE else " "
    after = "" if match.string[end : end + 1] in _APART_BEHIND else " "
    return Edit(start, end, f"{before}{spoken}{after}")


def edits(*made: Edit) -> list[Edit]:
    """Those that replace anything, in order."""
    return [one for one in made if one.start < one.end]


def apply_edits(text: str, edits: Sequence[Edit]) -> tuple[str, SpanMap]:
    """The text with `edits`, in order and apart, made, and the map from `text` to it.

    What is spoken as it is written is left out.
    """
    pieces = []
    replacements = []
    kept_from = 0
    for made in edits:
        if made.spoken == text[made.start : made.end]:
            continue
        pieces += [text[kept_from : made.start], made.spoken]
        kept_from = made.end
        replacements.append(Replacement(made.start, made.end, len(made.spoken)))
    pieces.append(text[kept_from:])
    return "".join(pieces), SpanMap(tuple(replacements))
