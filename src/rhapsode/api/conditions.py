"""Whether a request is meant for what a client has already, or for something else than what is there.

Source: RFC 9110, sections 8.8 (validators), 13.1 (conditions) and 13.2.2 (their order).
"""

import calendar
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from email.utils import formatdate, parsedate_to_datetime
from typing import Literal, Protocol

_TAG = re.compile(r'(W/)?("[\x21\x23-\x7e\x80-\xff]*")')
_ANY = "*"
_MAX_DATE_CHARACTERS = 64
"""Of a date in any of the three forms, with room to spare."""

_NOT_MODIFIED: Literal[304] = 304
_PRECONDITION_FAILED: Literal[412] = 412


class SentHeaders(Protocol):
    """The headers of a request, each of which may be there several times."""

    def getlist(self, key: str) -> Sequence[str]:
        """What is said under a name, in any case of its letters."""


@dataclass(frozen=True, slots=True)
class Validators:
    """What a state of something is known by. etag: a strong one, with its quotes.    modified_at_s: Unix time."""

    etag: str
    modified_at_s: int

    @property
    def last_modified(self) -> str:
        """The date as HTTP has it."""
        return formatdate(self.modified_at_s, usegmt=True)


def find_refusal(headers: SentHeaders, validators: Validators) -> Literal[304, 412] | None:
    """The status that answers a GET or HEAD in place of its bytes; None where its conditions hold."""
    return _find_failed(headers, validators) or _find_unchanged(headers, validators)


def _find_failed(headers: SentHeaders, validators: Validators) -> Literal[412] | None:
    wanted = headers.getlist("if-match")
    if wanted:
        return None if names_tag(wanted, validators.etag, is_strong=True) else _PRECONDITION_FAILED
    until_s = _read_date(headers.getlist("if-unmodified-since"))
    return None if until_s is None or validators.modified_at_s <= until_s else _PRECONDITION_FAILED


def _find_unchanged(headers: SentHeaders, validators: Validators) -> Literal[304] | None:
    known = headers.getlist("if-none-match")
    if known:
        return _NOT_MODIFIED if names_tag(known, validators.etag) else None
    since_s = _read_date(headers.getlist("if-modified-since"))
    return None if since_s is None or validators.modified_at_s > since_s else _NOT_MODIFIED


def may_continue(headers: SentHeaders, validators: Validators) -> bool:
    """Whether a part fits what a client has: If-Range names these bytes, or isn't there.

    A date has to be the very one that was told, and a weak tag names nothing that parts could be joined to.
    """
    told = [value.strip() for value in headers.getlist("if-range")]
    return not told or told == [validators.etag] or told == [validators.last_modified]


def names_tag(conditions: Sequence[str], etag: str, *, is_strong: bool = False) -> bool:
    """Whether one of the lists has a tag, or is an asterisk, which stands for all.

    is_strong: a weak one in the list is none, though its name is the same.
    """
    return any(condition.strip() == _ANY or etag in _tags(condition, is_strong) for condition in conditions)


def _tags(condition: str, is_strong: bool) -> Iterator[str]:
    return (match[2] for match in _TAG.finditer(condition) if not (is_strong and match[1]))


def _read_date(values: Sequence[str]) -> int | None:
    """Unix seconds; None where there is no date, or none that can be read: then it is no condition."""
    if len(values) != 1 or len(values[0]) > _MAX_DATE_CHARACTERS:
        return None
    try:
        return calendar.timegm(parsedate_to_datetime(values[0]).utctimetuple())
    except (ValueError, IndexError, OverflowError):
        return None
