"""A text with mnemonics where it is read with other sounds than it spells. Values in, values out.

The mnemonics stand in the text between double brackets, which espeak obeys only for such texts. What else is in the
text stays what it is: a double bracket of its own becomes two parentheses, at which espeak pauses just as long.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from rhapsode.engines.espeak.timing import Event
from rhapsode.studio.pronunciation import Pronunciation

# espeak takes at most 725 bytes as one clause, and would end it inside the brackets.
_MAX_CLAUSE_BYTES = 700
# What ends one, unless a small letter follows: then a full stop stands for an abbreviation.
_CLAUSE_END = re.compile(r"[.,;:!?…]\s+|[、。，；：！？]")  # noqa: RUF001 -- these are the marks


@dataclass(frozen=True, slots=True)
class SaidText:
    """What espeak is given for a text.

    places: for each character of `text`, and for its end, the index of the original character it stands for.
    said: the stretches of the original that are said otherwise than they are spelled, with what is said.
    """

    text: str
    places: Sequence[int]
    said: Mapping[tuple[int, int], str]

    def in_original(self, events: Sequence[Event]) -> Sequence[Event]:
        """The events, with the characters of the original in place of those of `text`."""
        if not self.said:
            return events
        last = len(self.places) - 1
        return [
            (phoneme, sample, self.places[min(character, last)] if character >= 0 else character, length)
            for phoneme, sample, character, length in events
        ]


def plain_text(text: str) -> SaidText:
    """A text that is read as it is spelled."""
    return SaidText(text, range(len(text) + 1), {})


def plan_said_text(
    text: str, pronunciations: Sequence[Pronunciation], mnemonics_of: Callable[[str], str]
) -> SaidText:
    """The text with its mnemonics. What has no sound that the voice knows is read as it is spelled.

    pronunciations: in order and apart, inside the text.
    mnemonics_of: the mnemonics of a stretch of IPA.
    """
    said = {(each.start, each.end): mnemonics_of(each.phonemes) for each in pronunciations}
    said = {span: f"[[{mnemonics}]]" for span, mnemonics in said.items() if mnemonics}
    if not said:
        return plain_text(text)
    writing = _Writing(text.replace("[[", "(("))
    for (start, end), mnemonics in said.items():
        writing.say(start, end, mnemonics)
    return SaidText(*writing.finish(), said)


class _Writing:
    """A text that is being written, and the place in the original of each of its characters."""

    def __init__(self, original: str) -> None:
        self._original = original
        self._end = 0
        self._clause_bytes = 0
        self._pieces: list[str] = []
        self._places: list[int] = []

    def say(self, start: int, end: int, mnemonics: str) -> None:
        """Copy what stands before `start`, and write mnemonics for what stands from there to `end`."""
        before, after = self._original[self._end : start], self._original[end:]
        self._copy(start)
        marked = _set_apart(self._original[:start], mnemonics, after)
        self._clause_bytes = _clause_bytes(before, self._clause_bytes) + len(marked)
        if self._clause_bytes > _MAX_CLAUSE_BYTES:
            marked = f", {marked.lstrip()}"
            self._clause_bytes = len(marked)
        self._write(marked, at=start)
        self._end = end
        if _reads_dot(after):
            self._write(" ", at=end)
            self._end += 1

    def finish(self) -> tuple[str, Sequence[int]]:
        """Copy the rest; the text, and the places of its characters and of its end."""
        self._copy(len(self._original))
        return "".join(self._pieces), [*self._places, len(self._original)]

    def _copy(self, end: int) -> None:
        self._pieces.append(self._original[self._end : end])
        self._places += range(self._end, end)

    def _write(self, piece: str, *, at: int) -> None:
        self._pieces.append(piece)
        self._places += [at] * len(piece)


def _clause_bytes(before: str, already: int) -> int:
    """How long the last clause is at the end of a stretch of text. already: how long it was before the stretch."""
    ends = [found.end() for found in _CLAUSE_END.finditer(before) if not before[found.end() :][:1].islower()]
    return len(before[ends[-1] :].encode()) if ends else already + len(before.encode())


def _set_apart(before: str, mnemonics: str, after: str) -> str:
    """With spaces where espeak wouldn't know the brackets: behind a parenthesis or a quotation mark."""
    left = "" if not before or before[-1].isspace() else " "
    right = " " if after[:1].isalnum() else ""
    return f"{left}{mnemonics}{right}"


def _reads_dot(after: str) -> bool:
    """Whether espeak would say "dot": for a full stop behind brackets that doesn't end a sentence."""
    following = after[1:].lstrip()
    return after.startswith(".") and following[:1].isalnum() and not following[:1].isupper()
