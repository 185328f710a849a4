"""Project Gutenberg's notice and licence around a plain text, told apart from the book."""

import re
from dataclasses import dataclass

_START = re.compile(r"^\*\*\* ?START OF (?:THE|THIS) PROJECT GUTENBERG[^\n]*$", re.MULTILINE)
_END = re.compile(
    r"^(?:\*\*\* ?END OF (?:THE|THIS) PROJECT GUTENBERG|End of (?:the )?Project Gutenberg)", re.MULTILINE
)
_FIELD = re.compile(r"^(Title|Author): +(\S[^\n]*)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Parts:
    """A text file in three parts; `notice` and `licence` are empty where there is no such frame."""

    notice: str
    book: str
    licence: str
    title: str | None
    author: str | None


def split_boilerplate(text: str) -> Parts:
    """Cut a text at its Project Gutenberg marks."""
    start = _START.search(text)
    if start is None:
        return Parts("", text, "", None, None)
    end = _END.search(text, start.end())
    stop = end.start() if end else len(text)
    notice = text[: start.start()]
    fields = dict(reversed(_FIELD.findall(notice)))
    return Parts(notice, text[start.end() : stop], text[stop:], fields.get("Title"), fields.get("Author"))
