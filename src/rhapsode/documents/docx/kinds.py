"""What a paragraph of a Word document is, told by its style, its outline level and the field it stands in."""

import re
from collections.abc import Mapping, Sequence
from itertools import pairwise

from lxml import etree

from rhapsode.documents.cleaning import tidy
from rhapsode.documents.docx.styles import Styles
from rhapsode.documents.docx.wordml import W, find, number_of, paragraphs, text_of, value_of, within
from rhapsode.documents.roles import SILENT_ROLES, role_of_name
from rhapsode.documents.text_headings import find_headings
from rhapsode.documents.text_lines import Chunk

TITLE = "Title"
CAPTION = "Caption"
QUOTE = "Quote"
VERSE = "Verse"
STANZA = "Stanza"
"""The first line of verse after a gap."""
CONTENTS = "Contents"
HEADINGS = tuple(f"Heading{level}" for level in range(1, 7))

_HEADING_NAME = re.compile(r"heading ([1-9])")
_CONTENTS_NAME = re.compile(r"toc \d|toc heading|table of figures|contents \d|index \d|index heading")
_TITLE_NAME = re.compile(r"(?:main |book |document )?title")
_QUOTE_NAME = re.compile(r".*\bquot(?:e|ation|ations)\b.*|block text")
_VERSE_NAME = re.compile(r"verse|poem|poetry|stanza|lyrics")
_CONTENTS_FIELD = re.compile(r"\s*(?:TOC|INDEX|TOA)\b")
_CONTENTS_ROLES = frozenset({"toc", "loi", "lot", "index"})
_LONGEST_HEADING_CHARACTERS = 400  # nothing longer is a heading, whatever its style


def kinds_of(root: etree._Element, styles: Styles) -> dict[etree._Element, str]:
    """The kind of each paragraph that is more than a paragraph.

    Where no style makes headings, lines are headings that say so in words: "Chapter II", "Part One", "IV.".
    """
    found = {}
    for paragraph in paragraphs(root):
        kind = _kind(paragraph, styles)
        if kind:
            found[paragraph] = kind
    found |= dict.fromkeys(_in_contents_field(root), CONTENTS)
    if not any(kind in HEADINGS for kind in found.values()):
        found |= _by_words(root, found)
    found |= dict.fromkeys(_contents_headings(root, found), CONTENTS)
    return found | dict.fromkeys(_stanzas(root, found), STANZA)


def find_title(root: etree._Element, kinds: Mapping[etree._Element, str]) -> str | None:
    """The first line in the style for titles that isn't the title of a part of the book, such as "Contents"."""
    titles = (tidy(text_of(paragraph)) for paragraph in paragraphs(root) if kinds.get(paragraph) == TITLE)
    return next((title for title in titles if title and role_of_name(title) not in SILENT_ROLES), None)


def _kind(paragraph: etree._Element, styles: Styles) -> str | None:
    kind = styles.inherited(paragraph, _kind_in)
    if kind in HEADINGS and len(text_of(paragraph)) > _LONGEST_HEADING_CHARACTERS:
        return None
    return kind


def _kind_in(element: etree._Element) -> str | None:
    """What a paragraph's own properties say, or one style of its chain."""
    name = (value_of(find(element, "name")) or "").lower()
    level = number_of(find(element, "pPr", "outlineLvl"))
    if _CONTENTS_NAME.fullmatch(name):
        return CONTENTS
    if level is None:
        heading = _HEADING_NAME.fullmatch(name)
        level = int(heading[1]) - 1 if heading else None
    if level is not None:
        # Level 9 is "body text"; those between are headings that HTML has no tag for.
        return HEADINGS[min(level, len(HEADINGS) - 1)] if 0 <= level < 9 else ""
    return _kind_of_name(name)


def _kind_of_name(name: str) -> str | None:
    if name == "subtitle" or _TITLE_NAME.fullmatch(name):
        return HEADINGS[2] if name == "subtitle" else TITLE
    if name == "caption":
        return CAPTION
    if _QUOTE_NAME.fullmatch(name):
        return QUOTE
    return VERSE if _VERSE_NAME.fullmatch(name) else None


def _in_contents_field(root: etree._Element) -> list[etree._Element]:
    """The paragraphs that Word generated: tables of contents, of figures, and the index."""
    fields: list[str] = []
    found = []
    for element in root.iter(f"{W}fldChar", f"{W}instrText", f"{W}t"):
        what = value_of(element, "fldCharType")
        if what == "begin":
            fields.append("")
        elif what == "end" and fields:
            fields.pop()
        elif element.tag == f"{W}instrText" and fields:
            fields[-1] += element.text or ""
        elif element.tag == f"{W}t" and any(_CONTENTS_FIELD.match(field) for field in fields):
            found.extend(list(element.iterancestors(f"{W}p"))[:1])
    return found


def _contents_headings(root: etree._Element, found: dict[etree._Element, str]) -> list[etree._Element]:
    """Headings such as "Contents" right in front of what they introduce."""
    spoken = [paragraph for paragraph in paragraphs(root) if text_of(paragraph).strip()]
    return [
        before
        for before, after in pairwise(spoken)
        if found.get(after) == CONTENTS
        and found.get(before) != CONTENTS
        and role_of_name(tidy(text_of(before))) in _CONTENTS_ROLES
    ]


def _stanzas(root: etree._Element, found: dict[etree._Element, str]) -> list[etree._Element]:
    """The lines of verse that nothing or something else stands in front of."""
    starts = []
    in_verse = False
    for paragraph in paragraphs(root):
        is_line = found.get(paragraph) == VERSE and bool(text_of(paragraph).strip())
        if is_line and not in_verse:
            starts.append(paragraph)
        in_verse = is_line
    return starts


def _by_words(root: etree._Element, found: dict[etree._Element, str]) -> dict[etree._Element, str]:
    """Headings by what they say, as in plain text; a title below its number becomes part of the heading."""
    body = [p for p in paragraphs(root) if p not in found and _is_plain(p) and tidy(text_of(p))]
    headings = find_headings([Chunk((tidy(text_of(paragraph)),)) for paragraph in body])
    for index, heading in headings.items():
        if heading.title is not None:
            _join(body, index)
    return {body[index]: HEADINGS[heading.level - 1] for index, heading in headings.items()}


def _is_plain(paragraph: etree._Element) -> bool:
    return not within(paragraph, "tbl", "txbxContent", "footnote", "endnote")


def _join(body: Sequence[etree._Element], index: int) -> None:
    """Move a title's runs below the number that it belongs to."""
    number, title = body[index], body[index + 1]
    etree.SubElement(etree.SubElement(number, f"{W}r"), f"{W}br")
    number.extend(run for run in title if run.tag != f"{W}pPr")
