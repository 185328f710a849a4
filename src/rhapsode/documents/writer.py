"""Inline text to blocks: paragraphs, stanzas, and what has to wait until one of them ends."""

from dataclasses import replace

from rhapsode.documents.cleaning import LINE_BREAK, is_ornament, tidy, tidy_lines
from rhapsode.documents.flow import Flow, Place
from rhapsode.documents.frames import Frame
from rhapsode.documents.markup import language_primary
from rhapsode.documents.paragraph import Paragraph
from rhapsode.studio.document import BlockKind, DocumentBlock

_VERSE_LINES = 3
_VERSE_LINE_CHARACTERS = 60  # the average line of a quotation that is verse without being marked so
_SCENE_BREAK = DocumentBlock(BlockKind.SCENE_BREAK, "")


class BlockWriter:
    """Gathers text and writes blocks into `flow`.

    language: the document's; a block wholly in another one is marked with it.
    """

    def __init__(self, language: str | None) -> None:
        self.flow = Flow()
        self.paragraph = Paragraph()
        self._language = language
        self._stanza: list[str] = []
        self._stanza_languages: set[str | None] = set()
        self._stanza_frame = Frame()
        self._stanza_places: list[Place] = []
        # Page markers and pictures met in the middle of a paragraph.
        self._waiting: list[tuple[DocumentBlock, tuple[Place, ...]]] = []

    def add_text(self, text: str, frame: Frame, place: Place | None = None) -> None:
        """Add text that stands directly in `frame`. place: where all of it stands."""
        if frame.preformatted:
            *chunks, text = text.split("\n\n")
            start = 0
            for chunk in chunks:
                self._add_preformatted(chunk, frame, _stretch(place, start, len(chunk)))
                self.end_paragraph(frame)
                start += len(chunk) + 2
            self._add_preformatted(text, frame, _stretch(place, start, len(text)))
        elif text:
            self.paragraph.add(text, frame.language, place)

    def end_paragraph(self, frame: Frame) -> None:
        """Make a block of the text gathered since the last boundary, or a line of the stanza."""
        paragraph, self.paragraph = self.paragraph, Paragraph()
        if paragraph.empty:
            self._keep_anchors(paragraph)
        elif frame.verse and frame.kind is not BlockKind.HEADING:
            self._add_lines(paragraph, frame)
        else:
            if self._stanza:
                self.end_stanza(frame)
            self._keep_anchors(paragraph)
            self._write(self._block(paragraph, frame), frame, paragraph.places)
            self._write_waiting(frame)

    def end_stanza(self, frame: Frame) -> None:
        """Make a block of the lines of verse gathered so far."""
        lines, self._stanza = self._stanza, []
        languages, self._stanza_languages = self._stanza_languages, set()
        places, self._stanza_places = self._stanza_places, []
        if lines:
            inside = self._stanza_frame
            kind, joint = (BlockKind.NOTE, " ") if inside.in_note else (BlockKind.VERSE, "\n")
            block = DocumentBlock(kind, joint.join(lines), language=self.foreign(languages))
            self._write(block, inside, tuple(places))
        self._write_waiting(frame)

    def end_all(self, frame: Frame) -> None:
        """End paragraph and stanza: something that is a block by itself follows."""
        self.end_paragraph(frame)
        self.end_stanza(frame)

    def add_block(self, block: DocumentBlock, frame: Frame, places: tuple[Place, ...] = ()) -> None:
        """Write a block by itself."""
        self.end_all(frame)
        self._write(block, frame, places)

    def add_scene_break(self, frame: Frame) -> None:
        """Write a break between scenes; a rule above notes is none."""
        self.end_all(frame)
        if not frame.in_note:
            self._write(_SCENE_BREAK, frame)

    def place(self, block: DocumentBlock, frame: Frame, places: tuple[Place, ...] = ()) -> None:
        """Write a block beside the text: here, or after the paragraph or stanza that goes on around it."""
        if self.paragraph.empty and not self._stanza:
            self.end_paragraph(frame)
            self._write(block, frame, places)
        else:
            self._waiting.append((block, places))

    def foreign(self, languages: set[str | None]) -> str | None:
        """The one language of some text, where it isn't the document's; one voice reads all its regions."""
        if len(languages) != 1:
            return None
        language = next(iter(languages))
        return (
            None
            if language is None or language_primary(language) == language_primary(self._language)
            else language
        )

    def _add_preformatted(self, text: str, frame: Frame, place: Place | None) -> None:
        if text:
            self.paragraph.add(text.replace("\n", LINE_BREAK) if frame.verse else text, frame.language, place)

    def _add_lines(self, paragraph: Paragraph, frame: Frame) -> None:
        """Add a single line to the stanza; what has lines of its own is a stanza of its own."""
        lines = tidy_lines(paragraph.raw)
        ornament = len(lines) == 1 and is_ornament(lines[0])
        if ornament or len(lines) > 1:
            self.end_stanza(frame)
        self._keep_anchors(paragraph)
        if ornament:
            self._write(_SCENE_BREAK, frame)
            return
        self._stanza += lines
        self._stanza_places += paragraph.places
        self._stanza_frame = frame
        self._stanza_languages |= paragraph.languages
        if len(lines) > 1:
            self.end_stanza(frame)

    def _block(self, paragraph: Paragraph, frame: Frame) -> DocumentBlock:
        language = self.foreign(paragraph.languages)
        if frame.block_kind is BlockKind.QUOTE:
            lines = tidy_lines(paragraph.raw)
            if len(lines) >= _VERSE_LINES and sum(map(len, lines)) <= _VERSE_LINE_CHARACTERS * len(lines):
                return DocumentBlock(BlockKind.VERSE, "\n".join(lines), language=language)
        text = tidy(paragraph.raw)
        if is_ornament(text):
            return _SCENE_BREAK
        kind = BlockKind.FORMULA if paragraph.only_formula and not frame.in_note else frame.block_kind
        return DocumentBlock(kind, text, frame.sub_type if kind is BlockKind.HEADING else "p", language)

    def _write(self, block: DocumentBlock, frame: Frame, places: tuple[Place, ...] = ()) -> None:
        if block.text or block.kind in {BlockKind.SCENE_BREAK, BlockKind.PAGE_MARKER}:
            self.flow.add(block, frame.types, places)

    def _write_waiting(self, frame: Frame) -> None:
        waiting, self._waiting = self._waiting, []
        for block, places in waiting:
            self._write(block, frame, places)

    def _keep_anchors(self, paragraph: Paragraph) -> None:
        for name, index in paragraph.anchors_from(len(self.flow.blocks)):
            self.flow.anchors.setdefault(name, index)


def _stretch(place: Place | None, start: int, length: int) -> Place | None:
    if place is None:
        return None
    return replace(place, start=place.start + start, end=place.start + start + length)
