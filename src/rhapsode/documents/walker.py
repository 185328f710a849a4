"""Any tree of XHTML or HTML to blocks: the one reader behind EPUB, HTML and Markdown.

It goes through the tree once, as a browser lays out text: inline text gathers in a paragraph, and every
boundary of a block element ends it.
"""

from collections.abc import Callable
from typing import ClassVar, Literal

from lxml import etree

from rhapsode.documents import omissions
from rhapsode.documents.cleaning import is_ornament, tidy
from rhapsode.documents.flow import Flow, Place
from rhapsode.documents.frames import Frame, block_frame, inline_frame
from rhapsode.documents.images import description_of, is_ornamental
from rhapsode.documents.lists import ListNumbers
from rhapsode.documents.markup import BLOCK_TAGS, classes_of, is_hidden, tag_of, text_in, types_of
from rhapsode.documents.notes import (
    is_line_number,
    is_link_symbol,
    is_note,
    is_note_reference,
    is_page_marker,
    page_label,
)
from rhapsode.documents.omissions import Omission, Tally
from rhapsode.documents.tables import find_caption, is_data_table, table_rows
from rhapsode.documents.writer import BlockWriter
from rhapsode.studio.document import BlockKind, DocumentBlock

Excluded = Callable[[etree._Element, str, frozenset[str]], Omission | None]
"""Says of an element (with its tag and classes) whether its format leaves it out, and as what."""

_UNREADABLE = frozenset(
    [
        "head",
        "script",
        "style",
        "template",
        "meta",
        "link",
        "base",
        "param",
        "source",
        "track",
        "col",
        "colgroup",
        "rp",
    ]
)
_LEFT_OUT_TAGS = {
    "rt": omissions.RUBY,
    "rtc": omissions.RUBY,
    "iframe": omissions.FALLBACK,
    "object": omissions.FALLBACK,
    "audio": omissions.FALLBACK,
    "video": omissions.FALLBACK,
    "canvas": omissions.FALLBACK,
    "noscript": omissions.FALLBACK,
    "button": omissions.FORM,
    "select": omissions.FORM,
    "textarea": omissions.FORM,
}
_BREAK_CLASSES = frozenset(
    [
        "scenebreak",
        "scene-break",
        "scene_break",
        "sectionbreak",
        "section-break",
        "transition",
        "asterism",
        "ornamental-break",
    ]
)
_DROP_CAP_CLASSES = frozenset(
    ["dropcap", "drop-cap", "dropcaps", "drop-caps", "drop_cap", "initial", "firstletter", "first-letter"]
)
_DROP_CAP_CHARACTERS = 2  # a letter, perhaps with an opening quotation mark
_LISTS = frozenset({"ol", "ul"})


def nothing_excluded(_element: etree._Element, _tag: str, _classes: frozenset[str]) -> Omission | None:
    """Leave out nothing beyond what no format shows."""
    return None


def read_flow(
    root: etree._Element,
    *,
    language: str | None,
    tally: Tally,
    excluded: Excluded = nothing_excluded,
    placed: bool = False,
) -> Flow:
    """The blocks below `root`.

    language: the document's; blocks wholly in another one are marked with theirs.
    tally: is told all that is readable and not kept.
    placed: whether to say where the text of each block stands, which takes memory that an import need not have.
    """
    return _Walker(language, tally, excluded, placed=placed).walk(root)


class _Walker:
    def __init__(
        self, language: str | None, tally: Tally, excluded: Excluded, *, placed: bool = False
    ) -> None:
        self._language = language
        self._tally = tally
        self._excluded = excluded
        self._placed = placed
        self._writer = BlockWriter(language)
        self._frames = [Frame(language=language)]
        self._numbers = ListNumbers()
        self._after_drop_cap = False

    @property
    def _frame(self) -> Frame:
        return self._frames[-1]

    def walk(self, root: etree._Element) -> Flow:
        """Read everything below `root`."""
        events = etree.iterwalk(root, events=("start", "end"))
        skipped = None
        for event, element in events:
            if event == "start":
                if self._start(element, tag_of(element)):
                    self._add_text(element.text, element, "text")
                else:
                    skipped = element
                    events.skip_subtree()
                continue
            if element is not skipped:
                self._end(element, tag_of(element))
            if element is not root:
                self._add_text(element.tail, element, "tail")
        self._writer.end_all(self._frame)
        return self._writer.flow

    def _add_text(self, text: str | None, element: etree._Element, part: Literal["text", "tail"]) -> None:
        if text:
            place = Place(element, part, 0, len(text)) if self._placed else None
            self._writer.add_text(text, self._frame, place)

    def _whole(self, element: etree._Element) -> tuple[Place, ...]:
        return (Place(element),) if self._placed else ()

    def _start(self, element: etree._Element, tag: str) -> bool:
        """Open an element; False when it is dealt with and nothing below it is to be read."""
        if tag in _UNREADABLE:
            return False
        types, classes = types_of(element), classes_of(element)
        self._note_anchor(element, tag)
        if is_page_marker(element, types, classes):
            marker = DocumentBlock(BlockKind.PAGE_MARKER, tidy(page_label(element)))
            self._writer.place(marker, self._frame, self._whole(element))
            return False
        omission = self._omission(element, tag, types, classes)
        if omission is not None:
            self._tally.add(omission, text_in(element))
            return False
        if tag in BLOCK_TAGS and not _is_drop_cap(element, classes):
            return self._start_block(element, tag, types, classes)
        return self._start_inline(element, tag, classes)

    def _note_anchor(self, element: etree._Element, tag: str) -> None:
        for name in (element.get("id"), element.get("name") if tag == "a" else None):
            if name:
                self._writer.paragraph.add_anchor(name)

    def _omission(
        self, element: etree._Element, tag: str, types: tuple[str, ...], classes: frozenset[str]
    ) -> Omission | None:
        if tag in _LEFT_OUT_TAGS:
            return _LEFT_OUT_TAGS[tag]
        if _is_menu(element, tag, types):
            return omissions.NAVIGATION
        if is_hidden(element):
            return omissions.NAVIGATION if tag == "nav" else omissions.HIDDEN
        return None if is_note(element, types, classes) else self._excluded(element, tag, classes)

    def _start_block(
        self, element: etree._Element, tag: str, types: tuple[str, ...], classes: frozenset[str]
    ) -> bool:
        if not self._after_drop_cap:
            self._writer.end_paragraph(self._frame)
        self._after_drop_cap = False
        frame = block_frame(self._frame, element, tag, types, classes)
        if not _BREAK_CLASSES.isdisjoint(classes) and _is_break(element):
            self._writer.add_scene_break(frame)
            return False
        if tag == "table" and is_data_table(element):
            self._add_table(element, frame)
            return False
        if frame.verse and _has_blocks(element):
            self._writer.end_stanza(self._frame)
        self._frames.append(frame)
        self._count_item(element, tag, frame)
        return True

    def _count_item(self, element: etree._Element, tag: str, frame: Frame) -> None:
        if tag in _LISTS:
            self._numbers.open(element, in_note=frame.in_note)
        elif tag == "li":
            number = self._numbers.item(element)
            if number is not None:
                self._writer.add_text(f"{number}. ", self._frame)

    def _start_inline(self, element: etree._Element, tag: str, classes: frozenset[str]) -> bool:
        special = self._SPECIAL.get(tag)
        if special is not None:
            return special(self, element)
        if is_line_number(element, classes):
            self._tally.add(omissions.LINE_NUMBER)
            return False
        self._frames.append(inline_frame(self._frame, element))
        return True

    def _end(self, element: etree._Element, tag: str) -> None:
        if _is_drop_cap(element, classes_of(element)):
            self._writer.paragraph.end_drop_cap()
            self._after_drop_cap = tag in BLOCK_TAGS
        elif tag in BLOCK_TAGS:
            self._writer.end_paragraph(self._frame)
            if self._frame.verse and _has_blocks(element):
                self._writer.end_stanza(self._frame)
        if tag in _LISTS:
            self._numbers.close()
        self._frames.pop()

    def _line_break(self, _element: etree._Element) -> bool:
        self._writer.paragraph.add_line_break()
        return False

    def _rule(self, _element: etree._Element) -> bool:
        self._writer.add_scene_break(self._frame)
        return False

    def _link(self, element: etree._Element) -> bool:
        if is_link_symbol(element):
            self._tally.add(omissions.LINK_SYMBOL)
            return False
        return self._reference(element)

    def _reference(self, element: etree._Element) -> bool:
        paragraph = self._writer.paragraph
        if is_note_reference(element, before=paragraph.last_character, in_note=self._frame.in_note):
            self._tally.add(omissions.NOTE_REFERENCE)
            paragraph.add_note_mark()
            return False
        self._frames.append(inline_frame(self._frame, element))
        return True

    def _image(self, element: etree._Element) -> bool:
        description = description_of(element)
        paragraph = self._writer.paragraph
        if description is None:
            self._tally.add(omissions.PICTURE)
        elif paragraph.empty and is_ornamental(description):
            self._writer.add_scene_break(self._frame)
        elif paragraph.empty and len(description) == 1 and description.isalpha():
            paragraph.add(description, self._frame.language, next(iter(self._whole(element)), None))
            paragraph.end_drop_cap()
        elif description:
            language = self._writer.foreign({self._frame.language})
            block = DocumentBlock(BlockKind.ALTERNATIVE_TEXT, description, language=language)
            self._writer.place(block, self._frame, self._whole(element))
        return False

    def _formula(self, element: etree._Element) -> bool:
        text = tidy(element.get("alttext") or " ".join(str(piece) for piece in element.itertext()))
        if text:
            place = next(iter(self._whole(element)), None)
            self._writer.paragraph.add_formula(text, self._frame.language, place)
        return False

    _SPECIAL: ClassVar[dict[str, Callable[["_Walker", etree._Element], bool]]] = {
        "br": _line_break,
        "hr": _rule,
        "a": _link,
        "sup": _reference,
        "img": _image,
        "svg": _image,
        "math": _formula,
    }

    def _add_table(self, table: etree._Element, frame: Frame) -> None:
        caption = find_caption(table)
        if caption is not None:
            block = DocumentBlock(BlockKind.CAPTION, self._text_of(caption))
            self._writer.add_block(block, frame, self._whole(caption))
        kind = BlockKind.NOTE if frame.in_note else BlockKind.TABLE
        for row, text in table_rows(table, self._text_of):
            self._writer.add_block(DocumentBlock(kind, text), frame, self._whole(row))

    def _text_of(self, cell: etree._Element) -> str:
        """A cell's text, read as a page of its own; its page markers stand beside the table."""
        flow = read_flow(cell, language=self._language, tally=self._tally, excluded=self._excluded)
        texts = []
        for block in flow.blocks:
            if block.kind is BlockKind.PAGE_MARKER:
                self._writer.place(block, self._frame)
            else:
                texts.append(block.text)
        return " ".join(text for text in texts if text)


def _is_menu(element: etree._Element, tag: str, types: tuple[str, ...]) -> bool:
    """Whether an element only leads elsewhere, and isn't the table of contents."""
    if tag == "nav":
        return "landmarks" in types or "page-list" in types
    return element.get("role") == "navigation" and "toc" not in types


def _has_blocks(element: etree._Element) -> bool:
    return any(tag_of(child) in BLOCK_TAGS for child in element)


def _is_break(element: etree._Element) -> bool:
    text = tidy(text_in(element))
    return not text or is_ornament(text)


def _is_drop_cap(element: etree._Element, classes: frozenset[str]) -> bool:
    if _DROP_CAP_CLASSES.isdisjoint(classes):
        return False
    return 0 < len(text_in(element).strip()) <= _DROP_CAP_CHARACTERS
