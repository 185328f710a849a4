"""What an open element means for the text in it, inherited from element to element."""

from dataclasses import dataclass, replace

from lxml import etree

from rhapsode.documents.markup import HEADING_TAGS, language_of, tag_of
from rhapsode.documents.notes import is_note
from rhapsode.studio.document import BlockKind

_VERSE_NAMES = frozenset(
    [
        "poem",
        "poetry",
        "poetry-container",
        "verse",
        "verses",
        "stanza",
        "strophe",
        "linegroup",
        "line-group",
        "lg",
        "song",
        "hymn",
        "lyrics",
    ]
)
_CAPTION_CLASSES = frozenset(
    ["caption", "figcaption", "figurecaption", "figure-caption", "image-caption", "wp-caption-text"]
)
_TITLE_TYPES = frozenset({"title", "subtitle", "bridgehead", "ordinal"})
_KIND_OF_TAG = {
    "blockquote": BlockKind.QUOTE,
    "li": BlockKind.LIST_ITEM,
    "dt": BlockKind.LIST_ITEM,
    "dd": BlockKind.LIST_ITEM,
    "figcaption": BlockKind.CAPTION,
    "caption": BlockKind.CAPTION,
}


@dataclass(frozen=True, slots=True)
class Frame:
    """How text directly inside an element is to be understood.

    types: structural terms, outermost first.    in_note, verse, preformatted: true for all below.
    """

    kind: BlockKind = BlockKind.PARAGRAPH
    sub_type: str = "p"
    language: str | None = None
    types: tuple[str, ...] = ()
    in_note: bool = False
    verse: bool = False
    preformatted: bool = False

    @property
    def block_kind(self) -> BlockKind:
        """The kind of a block of this text: inside a note, everything but a heading is note."""
        if self.kind is BlockKind.HEADING:
            return self.kind
        if self.in_note:
            return BlockKind.NOTE
        return BlockKind.VERSE if self.verse else self.kind


def inline_frame(outer: Frame, element: etree._Element) -> Frame:
    """The frame of an inline element: only its language can differ."""
    if not element.attrib:
        return outer
    language = language_of(element)
    return outer if language is None or language == outer.language else replace(outer, language=language)


def block_frame(
    outer: Frame, element: etree._Element, tag: str, types: tuple[str, ...], classes: frozenset[str]
) -> Frame:
    """The frame of a block element."""
    kind, sub_type = _kind(outer, element, tag, types)
    if not _CAPTION_CLASSES.isdisjoint(classes):
        kind, sub_type = BlockKind.CAPTION, "p"
    return Frame(
        kind=kind,
        sub_type=sub_type,
        language=language_of(element) or outer.language,
        types=outer.types + types,
        in_note=outer.in_note or is_note(element, types, classes),
        verse=outer.verse or _is_verse(tag, types, classes),
        preformatted=outer.preformatted or tag == "pre",
    )


def _kind(outer: Frame, element: etree._Element, tag: str, types: tuple[str, ...]) -> tuple[BlockKind, str]:
    if tag in HEADING_TAGS:
        return BlockKind.HEADING, _sub_type(tag)
    if tag == "hgroup":
        return BlockKind.HEADING, next(
            (_sub_type(tag_of(e)) for e in element if tag_of(e) in HEADING_TAGS), "h2"
        )
    if tag == "p" and not outer.verse and not _TITLE_TYPES.isdisjoint(types):
        return BlockKind.HEADING, outer.sub_type if outer.kind is BlockKind.HEADING else "h3"
    if tag in _KIND_OF_TAG:
        return _KIND_OF_TAG[tag], "p"
    return outer.kind, outer.sub_type


def _sub_type(tag: str) -> str:
    return tag if tag in {"h1", "h2"} else "h3"


def _is_verse(tag: str, types: tuple[str, ...], classes: frozenset[str]) -> bool:
    if not _VERSE_NAMES.isdisjoint(types):
        return True
    names = _VERSE_NAMES & classes
    # Bibles call each paragraph of prose a verse.
    return bool(names - {"verse", "verses"} if tag == "p" else names)
