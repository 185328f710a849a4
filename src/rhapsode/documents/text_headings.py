"""Headings in plain text: lines that stand alone and say "Chapter II", "Part One", "IV." or "Prologue"."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from rhapsode.documents.cleaning import tidy
from rhapsode.documents.roles import role_of_name
from rhapsode.documents.text_lines import Chunk

_PARTS = "part|book|volume|teil|buch|band|partie|livre|tome|parte|libro|deel|часть|том"
_CHAPTERS = (
    r"chapter|chap\.|canto|act|scene|letter|section|stave|episode|kapitel|chapitre|capítulo|capitulo|capitolo"
    r"|hoofdstuk|глава"
)
_ROMAN = "m{0,3}(?:cm|cd|d?c{0,3})(?:xc|xl|l?x{0,3})(?:ix|iv|v?i{0,3})"
_ONES = (
    "one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen"
    "|eighteen|nineteen"
)
_TENS = "twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety"
_ORDINALS = "first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|eleventh|twelfth|last"
_NUMBER = (
    rf"(?:\d{{1,3}}|(?=[mdclxvi]){_ROMAN}|(?:(?:{_TENS})[ -]?)?(?:{_ONES})|{_TENS}|(?:the )?(?:{_ORDINALS}))"
)
_NUMBERED = re.compile(
    rf"(?:(?P<part>{_PARTS})|{_CHAPTERS})\s+{_NUMBER}(?P<stop>[.:)]?)(?:\s*[-\u2013—:]?\s+(?P<title>.+))?",
    re.IGNORECASE,
)
_COUNTED = re.compile(
    r"(?:\d{1,3}\.|erstes|zweites|drittes|viertes|fünftes|letztes) (?P<part>teil|buch)?(?:kapitel)?[.:]?",
    re.IGNORECASE,
)
_CJK = re.compile(
    r"第\s*[0-9\uff10-\uff19一二三四五六七八九十百]+\s*(?:(?P<part>[部卷編编])|[章回节節话話])(?:\s+.{1,40})?"
)
_ALONE = re.compile(rf"(?P<roman>(?=[MDCLXVI]){_ROMAN.upper()})\.?|(?P<digits>\d{{1,3}})\.?")
_LONGEST_CHARACTERS = 80
_STOPS = '.,;:!?…"”\u2019»'
_ROMAN_VALUES = {"I": 1, "V": 5, "X": 10, "L": 50, "C": 100, "D": 500, "M": 1000}


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading.

    level: 1 for parts, 2 for chapters, 3 below.    title: what follows the number, if set apart.
    """

    level: int
    text: str
    title: str | None = None

    @property
    def name(self) -> str:
        """Number and title as one name."""
        if self.title is None:
            return self.text
        return f"{self.text} {self.title}" if self.text[-1] in ".:" else f"{self.text}: {self.title}"


def find_headings(chunks: Sequence[Chunk]) -> dict[int, Heading]:
    """The chunks that are headings, by index; a title may stand in the chunk after its number."""
    found = {i: heading for i, chunk in enumerate(chunks) if (heading := _heading(chunk)) is not None}
    chaptered = any(_NUMBERED.match(heading.text) for heading in found.values())
    found |= _bare_numbers(chunks, level=3 if chaptered else 2)
    found = _without_contents(found)
    for index in sorted(found):
        heading = found[index]
        if (
            heading.title is None
            and index + 1 not in found
            and _takes_title(heading, chunks[index + 1 : index + 3])
        ):
            found[index] = Heading(heading.level, heading.text, tidy(chunks[index + 1].joined))
    return found


def is_part(name: str) -> bool:
    """Whether a heading is that of a part, volume or book, which chapters stand in."""
    match = _NUMBERED.fullmatch(name) or _COUNTED.fullmatch(name) or _CJK.fullmatch(name)
    return match is not None and match["part"] is not None


def _heading(chunk: Chunk) -> Heading | None:
    lines = [tidy(line.replace("_", "")) for line in chunk.lines]
    if len(lines) > 2 or any(len(line) > _LONGEST_CHARACTERS for line in lines):
        return None
    first = _of_line(lines[0])
    if first is None or len(lines) == 1:
        return first
    if not _is_bare_number(lines[0]) or _of_line(lines[1]) is not None:
        return None
    return Heading(first.level, first.text, lines[1])


def _of_line(line: str) -> Heading | None:
    match = _NUMBERED.fullmatch(line) or _COUNTED.fullmatch(line) or _CJK.fullmatch(line)
    if match is not None:
        return Heading(1 if match["part"] else 2, line) if _reads_as_title(match) else None
    if role_of_name(line) is not None and line[:1].isupper() and line[-1:] not in ",;:!?":
        return Heading(2, line)
    return None


def _reads_as_title(match: re.Match[str]) -> bool:
    """Tell "Chapter 5 The Storm" from "Chapter 5 was the best of them."."""
    groups = match.groupdict()
    title = groups.get("title")
    if match[0][0].islower() or (title and title[0].islower()):
        return False
    return not title or bool(groups.get("stop")) or title.isupper() or title[-1] != "."


def _is_bare_number(line: str) -> bool:
    match = _NUMBERED.fullmatch(line) or _COUNTED.fullmatch(line)
    return match is not None and not match.groupdict().get("title")


def _takes_title(heading: Heading, following: Sequence[Chunk]) -> bool:
    """Whether the chunk after a bare number is its title: one short line, in capitals or like a title."""
    if len(following) < 2 or len(following[0].lines) != 1 or following[0].verse:
        return False
    if not _is_bare_number(heading.text) and _ALONE.fullmatch(heading.text) is None:
        return False
    line = tidy(following[0].joined)
    if len(line) > _LONGEST_CHARACTERS or not any(character.isalpha() for character in line):
        return False
    titled = line[-1] not in _STOPS and all(word[0].isupper() for word in line.split() if len(word) > 4)
    return line.isupper() or titled


def _bare_numbers(chunks: Sequence[Chunk], *, level: int) -> dict[int, Heading]:
    """Numbers alone on their line, when they count up from one: a single "I" or "12" is none."""
    found: dict[int, Heading] = {}
    expected = highest = 1
    for index, chunk in enumerate(chunks):
        match = _ALONE.fullmatch(chunk.lines[0].strip()) if len(chunk.lines) == 1 else None
        if match is None:
            continue
        value = int(match["digits"]) if match["digits"] else _roman_value(match["roman"])
        if value in {1, expected}:
            found[index] = Heading(level, match[0])
            expected = value + 1
            highest = max(highest, value)
    return found if highest > 1 else {}


def _without_contents(headings: dict[int, Heading]) -> dict[int, Heading]:
    """Without the lines of a table of contents, which look like headings that follow each other."""
    kept = dict(headings)
    for index, heading in headings.items():
        if role_of_name(heading.text) != "toc":
            continue
        run: list[int] = []
        while index + 1 + len(run) in headings:
            run.append(index + 1 + len(run))
        for line in run[: _contents_lines(run, headings)]:
            del kept[line]
    return kept


def _contents_lines(run: Sequence[int], headings: dict[int, Heading]) -> int:
    """How many of the headings in `run` are contents: until the first one comes again, if it does."""
    keys = [_key(headings[index]) for index in run]
    if not keys:
        return 0
    if keys[0] in keys[1:]:
        return keys.index(keys[0], 1)
    later = {_key(heading) for index, heading in headings.items() if index > run[-1]}
    return len(run) if keys[0] in later else 0


def _key(heading: Heading) -> str:
    """A heading's word and number, without its title."""
    return " ".join(re.findall(r"\w+", heading.text.casefold())[:2])


def _roman_value(numeral: str) -> int:
    values = [_ROMAN_VALUES[letter] for letter in numeral]
    return sum(-v if v < following else v for v, following in zip(values, [*values[1:], 0], strict=True))
