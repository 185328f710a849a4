"""PDF. What a page shows is kept as strokes at places; words, lines, columns, paragraphs are found again here."""

from collections.abc import Sequence
from itertools import pairwise

from rhapsode.documents import omissions
from rhapsode.documents.chapters import Draft, cut_at_headings, finished, joined_headings, with_title_page
from rhapsode.documents.omissions import Tally
from rhapsode.documents.pdf.blocks import blocks_of
from rhapsode.documents.pdf.footnotes import footnote_lines, mark_of
from rhapsode.documents.pdf.headings import Spoken, body_size_of, heading_levels
from rhapsode.documents.pdf.joining import Vocabulary, note_text, text_of, without_marks
from rhapsode.documents.pdf.lines import lines_of
from rhapsode.documents.pdf.outline import Place, chapter_depth, places_of
from rhapsode.documents.pdf.pages import Contents, Page, read_contents
from rhapsode.documents.pdf.paragraphs import Paragraph, paragraphs_of
from rhapsode.documents.pdf.running import without_running_lines
from rhapsode.documents.roles import role_of_name
from rhapsode.studio.document import Document, DocumentBlock
from rhapsode.studio.errors import DocumentRefused

__all__ = ["read_pdf"]


def read_pdf(content: bytes) -> Document:
    """Read a PDF. Raises: DocumentRefused, when it is damaged, encrypted, or only pictures of pages."""
    contents = read_contents(content)
    _refuse_pictures(contents.pages)
    tally = Tally()
    spoken, body_size = _spoken(contents.pages, tally)
    places = places_of(contents.outline, spoken)
    levels = heading_levels(spoken, body_size=body_size)
    levels |= {place.index: min(place.depth + 1, 3) for place in places if place.is_heading}
    blocks = blocks_of(spoken, levels)
    title = _title(contents, spoken, levels)
    return Document(
        title=title,
        author=contents.author,
        language=contents.language,
        isbn_number=None,
        description=None,
        cover=None,
        chapters=finished(_drafts(blocks, places, title)),
        left_out=tally.left_out(),
    )


def _refuse_pictures(pages: Sequence[Page]) -> None:
    if not any(page.words for page in pages):
        msg = (
            "The PDF holds no text. Its pages may be pictures, as a scanner makes them:"
            " recognise their text (OCR) and import it again."
        )
        raise DocumentRefused(msg)


def _spoken(pages: Sequence[Page], tally: Tally) -> tuple[list[Spoken], float]:
    """The paragraphs with their texts, and the size that most of the text has."""
    for page in pages:
        if not page.words:
            tally.add(omissions.PICTURE_PAGE)
        for _ in range(page.outside):
            tally.add(omissions.OUTSIDE_PAGE)
        for _ in range(page.turned):
            tally.add(omissions.TURNED_TEXT)
    lines = lines_of(pages)
    size = body_size_of(lines)
    kept, dropped = without_running_lines(lines, pages, body_size=size)
    for _ in range(dropped):
        tally.add(omissions.RUNNING_LINE)
    notes = footnote_lines(kept, body_size=size)
    marks = {(line.page, mark) for line in notes if (mark := mark_of(line)) is not None}
    vocabulary = Vocabulary(line.text for line in kept)
    spoken = []
    for paragraph in paragraphs_of(kept, notes, body_size=size):
        raw = _raw(paragraph, vocabulary)
        pages_of_it = {line.page for line in paragraph.lines}
        here = {mark for page, mark in marks if page in pages_of_it}
        text = note_text(raw) if paragraph.is_note else without_marks(raw, here, tally)
        if text:
            spoken.append(Spoken(paragraph, text))
    return spoken, size


def _raw(paragraph: Paragraph, vocabulary: Vocabulary) -> str:
    if paragraph.is_row:
        return ", ".join(paragraph.first.cells)
    return text_of([line.text for line in paragraph.lines], vocabulary)


def _title(contents: Contents, spoken: Sequence[Spoken], levels: dict[int, int]) -> str | None:
    """As the file says, else the largest heading of the first page with text when it stands alone in its size."""
    if contents.title:
        return contents.title
    sizes = {index: spoken[index].paragraph.size for index in levels}
    largest = [index for index, size in sizes.items() if size >= max(sizes.values()) - 0.5]
    if len(largest) != 1 or not spoken:
        return None
    on_first_page = spoken[largest[0]].paragraph.first.page == spoken[0].paragraph.first.page
    return spoken[largest[0]].text if on_first_page else None


def _drafts(blocks: Sequence[DocumentBlock], places: Sequence[Place], title: str | None) -> list[Draft]:
    """Chapters from the outline where it can be believed, else from the headings."""
    depth = chapter_depth(places)
    chapters = [place for place in places if place.depth <= depth]
    if len(chapters) < 2:
        return with_title_page(cut_at_headings(blocks, title=title), title)
    starts = [place.index for place in chapters]
    pieces = [list(blocks[a:b]) for a, b in pairwise([*starts, len(blocks)])]
    named = joined_headings([(place.title, piece) for place, piece in zip(chapters, pieces, strict=True)])
    opening = cut_at_headings(blocks[: starts[0]], title=title) if starts[0] else []
    drafts = [*opening, *(Draft(piece, name, role_of_name(name or "")) for name, piece in named)]
    return with_title_page(drafts, title)
