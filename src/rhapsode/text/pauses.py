"""Pauses that a text asks for: `<break time="1.5s"/>`, and the one character of spoken text that each becomes."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

MAX_BREAK_MS = 3_000
"""The longest pause that a text may ask for (the original's limit)."""

FIRST_PAUSE = "\U000f0000"
LAST_PAUSE = chr(ord(FIRST_PAUSE) + MAX_BREAK_MS)
"""The characters from the first to this one are pauses of 0 to MAX_BREAK_MS milliseconds, in private use."""

_PAUSES = f"[{FIRST_PAUSE}-{LAST_PAUSE}]"
_PAUSE = re.compile(_PAUSES)
_QUOTE = "[\"'“”„‟″‘’‚′]"  # noqa: RUF001 -- word processors write these
_BREAK = re.compile(
    rf"<break\s+time\s*=\s*(?P<quote>{_QUOTE})?\s*(?P<amount>[0-9]{{1,9}}(?:\.[0-9]{{0,9}})?|\.[0-9]{{1,9}})\s*"
    rf"(?P<unit>ms|s)\s*(?(quote){_QUOTE})\s*(?:/\s*>|>(?:\s*</break\s*>)?)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Break:
    """The code points `start` to `end` of a text ask for silence."""

    start: int
    end: int
    pause_ms: int


def pause_character(pause_ms: int) -> str:
    """A pause of 0 to MAX_BREAK_MS as it stands in spoken text."""
    return chr(ord(FIRST_PAUSE) + pause_ms)


def is_pause(character: str) -> bool:
    """Whether a character of spoken text is a pause."""
    return FIRST_PAUSE <= character <= LAST_PAUSE


def pause_ms_of(character: str) -> int:
    """How long the pause is that stands for itself in spoken text."""
    return ord(character) - ord(FIRST_PAUSE)


def find_breaks(text: str) -> Iterator[Break]:
    """The tags of an original text that ask for silence, in order, each as long as it says and no longer than it may.

    What is malformed or says anything else, such as `strength`, is text.
    """
    if "<" not in text:
        return
    for match in _BREAK.finditer(text):
        amount = float(match["amount"]) * (1 if match["unit"].lower() == "ms" else 1_000)
        yield Break(match.start(), match.end(), min(round(amount), MAX_BREAK_MS))


def without_breaks(text: str) -> str:
    """The same text with a space in place of each character that asks for silence."""
    return _BREAK.sub(lambda tag: " " * len(tag[0]), text)


def find_pauses(text: str) -> list[tuple[int, int]]:
    """Where characters stand that look like pauses, such as nobody may write himself."""
    return [match.span() for match in _PAUSE.finditer(text)]


def split_at_pauses(spoken_text: str) -> list[str]:
    """The stretches of a spoken text and its pauses, in order; none is empty."""
    return [piece for piece in re.split(f"({_PAUSES})", spoken_text) if piece]
