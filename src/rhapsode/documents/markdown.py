"""Markdown (CommonMark with tables), optionally with front matter, read through its HTML."""

import re
from dataclasses import replace

from markdown_it import MarkdownIt

from rhapsode.documents.encodings import decoded_text
from rhapsode.documents.html import document_of
from rhapsode.documents.markup import language_tag
from rhapsode.documents.trees import read_html
from rhapsode.studio.document import Document

_FRONT_MATTER = re.compile(r"\A---[ \t]*\n(.*?)\n(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL)
_FIELD = re.compile(r"^([A-Za-z][\w-]*)[ \t]*:[ \t]*(.*?)[ \t]*$", re.MULTILINE)
_LANGUAGE_FIELDS = ("language", "lang")
_AUTHOR_FIELDS = ("author", "authors", "creator")


def read_markdown(content: bytes) -> Document:
    """Read a Markdown file. Raises: DocumentRefused, when it isn't text or holds none."""
    text = decoded_text(content)
    fields: dict[str, str] = {}
    match = _FRONT_MATTER.match(text)
    if match:
        fields = {name.lower(): _value(value) for name, value in _FIELD.findall(match[1])}
        text = text[match.end() :]
    language = language_tag(_first(fields, _LANGUAGE_FIELDS))
    markup = MarkdownIt("commonmark").enable(["table", "strikethrough"]).render(text)
    root = read_html(f"<html><body>{markup}</body></html>", what="Markdown file")
    if language is not None:
        root.set("lang", language)
    document = document_of(root, what="Markdown file", excluded_frame=False)
    return replace(
        document,
        title=fields.get("title") or document.title,
        author=_first(fields, _AUTHOR_FIELDS) or document.author,
        description=fields.get("description") or document.description,
    )


def _first(fields: dict[str, str], names: tuple[str, ...]) -> str | None:
    return next((fields[name] for name in names if fields.get(name)), None)


def _value(text: str) -> str:
    """A YAML scalar or list of scalars in one line, without quotation marks."""
    if text.startswith("[") and text.endswith("]"):
        return ", ".join(part for part in map(_value, text[1:-1].split(",")) if part)
    return text.strip().strip("\"'")
