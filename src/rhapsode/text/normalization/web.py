"""Addresses of pages and mail: `https://example.com/about`, `ida@example.com`."""

import re
from collections.abc import Iterator

from rhapsode.text.normalization.edits import Edit
from rhapsode.text.normalization.language import Language
from rhapsode.text.normalization.numerals import say
from rhapsode.text.normalization.scanner import any_of

# What ends a name of a page without `www` or `https`. Others are also words that may follow a full stop.
_DOMAINS = (
    "com", "org", "net", "edu", "gov", "info", "dev", "app", "eu", "io", "co.uk", "org.uk", "ac.uk", "gov.uk",
)  # fmt: skip
_HINT = re.compile(rf"://|\bwww\.|@|\.(?:{any_of(_DOMAINS)})\b")
_HOST = re.compile(r"(?:[A-Za-z0-9-]{1,63}\.){1,8}[A-Za-z]{2,24}(?![\w@])")
_PATH = re.compile(r"(?::[0-9]{2,5})?(?:[/?#][^\s<>\"“”]{0,2000})?")
_PIECE = re.compile(r"(?P<number>[0-9]+)|(?P<scheme>[a-z]+://)|(?P<mark>[^\w\s]|_)")
_NAME_CHARACTERS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._%+-")
_TRAILING = ".,;:!?)]}'’*"
_MOST_NAME_CHARACTERS = 64


def find_addresses(text: str) -> Iterator[tuple[int, int]]:
    """Where the addresses in a text are, in order and apart."""
    place = 0
    while hint := _HINT.search(text, place):
        found = _address_at(text, hint, place)
        if found:
            yield found
        place = max(found[1] if found else 0, hint.end())


def read_address(language: Language, text: str, start: int, end: int) -> Iterator[Edit]:
    """An address as somebody would dictate it: marks and numbers as words, without its scheme."""
    read_until = start
    for piece in _PIECE.finditer(text, start, end):
        words = "" if piece.group() == "/" and piece.end() == end else _say_piece(language, piece)
        before = "" if piece.start() in (start, read_until) else " "
        after = "" if piece.end() == end else " "
        nothing = " " if start < piece.start() and piece.end() < end else ""
        yield Edit(piece.start(), piece.end(), f"{before}{words}{after}" if words else nothing)
        read_until = piece.end()


def _say_piece(language: Language, piece: re.Match[str]) -> str:
    if piece["number"]:
        return say(language, piece["number"])
    return language.web.get(piece["mark"] or "", "")


def _address_at(text: str, hint: re.Match[str], place: int) -> tuple[int, int] | None:
    start = _start_of_name(text, hint.start(), place)
    if hint.group() == "@":
        host = _HOST.match(text, hint.end()) if start < hint.start() else None
        return (start, host.end()) if host else None
    host = _HOST.match(text, hint.end() if hint.group() == "://" else start)
    if host is None:
        return None
    path = _PATH.match(text, host.end())
    rest = path.group().rstrip(_TRAILING) if path else ""
    return start, host.end() + len(rest)


def _start_of_name(text: str, end: int, place: int) -> int:
    start = end
    earliest = max(place, end - _MOST_NAME_CHARACTERS)
    while start > earliest and text[start - 1] in _NAME_CHARACTERS:
        start -= 1
    while start < end and not text[start].isalnum():
        start += 1
    return start
