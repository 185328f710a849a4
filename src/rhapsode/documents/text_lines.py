"""Lines of plain text to chunks: paragraphs, headings or stanzas, whatever way the file sets them apart."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

_BLANK_LINES = re.compile(r"\n[ \t]*(?:\n[ \t]*)+|\f")
_UNWRAPPED_CHARACTERS = 150  # no file is wrapped at lines this long: there each line is a paragraph
_PROSE_CHARACTERS = 55  # the average line of wrapped prose is longer, of verse shorter


@dataclass(frozen=True, slots=True)
class Chunk:
    """Lines that belong together. `verse`: their breaks are part of the text."""

    lines: tuple[str, ...]
    verse: bool = False

    @property
    def joined(self) -> str:
        """The lines as one, a word that a hyphen divides across lines joined as it is written."""
        pieces = []
        for line in self.lines:
            stripped = line.strip()
            pieces.append(stripped if stripped.endswith(("-", "—")) else f"{stripped} ")
        return "".join(pieces)


def chunks_of(text: str) -> Iterator[Chunk]:
    """The chunks between blank lines or page breaks, in order."""
    for stretch in _BLANK_LINES.split(text):
        lines = tuple(line.expandtabs(4).rstrip() for line in stretch.split("\n") if line.strip())
        if not lines:
            continue
        if max(map(len, lines)) > _UNWRAPPED_CHARACTERS:
            yield from (Chunk((line,)) for line in lines)
        else:
            yield from _wrapped(lines)


def _wrapped(lines: tuple[str, ...]) -> Iterator[Chunk]:
    indented = [line.startswith(("  ", "\u3000")) for line in lines]
    if len(lines) < 2 or not any(indented):
        yield Chunk(lines)
    elif sum(len(line.strip()) for line in lines) <= _PROSE_CHARACTERS * len(lines):
        yield Chunk(lines, verse=True)
    elif all(indented):
        yield Chunk(lines)
    else:
        yield from _indented_paragraphs(lines, indented)


def _indented_paragraphs(lines: tuple[str, ...], indented: list[bool]) -> Iterator[Chunk]:
    """Paragraphs told apart by the indent of their first line."""
    start = 0
    for index in range(1, len(lines)):
        if indented[index]:
            yield Chunk(lines[start:index])
            start = index
    yield Chunk(lines[start:])
