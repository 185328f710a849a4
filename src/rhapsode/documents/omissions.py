"""What an import leaves out, counted while reading and told in words at the end."""

from collections import Counter
from dataclasses import dataclass

from rhapsode.studio.document import LeftOut


@dataclass(frozen=True, slots=True)
class Omission:
    """A kind of thing that isn't kept.

    one, many: how a count of it is said.    counts_characters: tell how much text it held instead of a count.
    """

    one: str
    many: str
    reason: str
    counts_characters: bool = False


NOTE_REFERENCE = Omission(
    "note reference",
    "note references",
    "A note mark interrupts the sentence; the notes are kept as blocks of their own.",
)
LINK_SYMBOL = Omission("link symbol", "link symbols", "Arrows and paragraph signs that only serve as links.")
LINE_NUMBER = Omission("line number", "line numbers", "Numbers in the margin are not part of the lines.")
RUBY = Omission("reading aid (ruby)", "reading aids (ruby)", "The text they explain is kept.")
PICTURE = Omission(
    "picture without a description",
    "pictures without a description",
    "There is nothing in them that could be read.",
)
ILLUSTRATION_MARK = Omission(
    "[Illustration] mark", "[Illustration] marks", "The pictures are not in the file."
)
MISSING_PAGE = Omission(
    "file of the reading order", "files of the reading order", "The EPUB names it, but it isn't in the file."
)
FOREIGN_PAGE = Omission(
    "page in a format without text", "pages in a format without text", "Only XHTML and SVG pages can be read."
)
BAD_CONTENTS_ENTRY = Omission(
    "entry of the table of contents",
    "entries of the table of contents",
    "It points at a place that isn't in the reading order.",
)
UNLISTED_PAGE = Omission(
    "page outside the reading order",
    "pages outside the reading order",
    "The EPUB doesn't list it among its pages.",
    True,
)
NAVIGATION = Omission("navigation menu", "navigation menus", "Lists of links are not part of the text.", True)
HIDDEN = Omission("hidden text", "hidden texts", "The document hides it from its readers.", True)
PAGE_FRAME = Omission(
    "text around the article",
    "texts around the article",
    "Headers, footers and side columns belong to the site.",
    True,
)
FORM = Omission("form", "forms", "Form fields and buttons are not part of the text.", True)
RUNNING_LINE = Omission(
    "page header, footer or number",
    "page headers, footers and numbers",
    "They belong to the pages, not to the text.",
)
PICTURE_PAGE = Omission(
    "page without text", "pages without text", "They are empty, or pictures that nobody has read yet (OCR)."
)
TURNED_TEXT = Omission(
    "word that stands sideways", "words that stand sideways", "They are stamps and labels beside the text."
)
OUTSIDE_PAGE = Omission(
    "word beyond the edge of its page",
    "words beyond the edges of their pages",
    "Nobody who opens the file sees them.",
)
DELETION = Omission(
    "deleted stretch",
    "deleted stretches",
    "A tracked change takes them out of the text.",
    True,
)
COMMENT = Omission("comment", "comments", "Comments are remarks on the text, not part of it.")
FALLBACK = Omission(
    "replacement text of embedded media",
    "replacement texts of embedded media",
    "It only shows where media fails.",
    True,
)


class Tally:
    """Counts omissions; one per document, filled while it is read."""

    def __init__(self) -> None:
        self._count: Counter[Omission] = Counter()
        self._characters: Counter[Omission] = Counter()

    def add(self, omission: Omission, text: str = "") -> None:
        """Count one `omission`; one told by its characters counts only with a readable `text`."""
        characters = len(" ".join(text.split()))
        if omission.counts_characters and not characters:
            return
        self._count[omission] += 1
        self._characters[omission] += characters

    def left_out(self) -> tuple[LeftOut, ...]:
        """All that was counted, as the document reports it."""
        return tuple(LeftOut(self._in_words(omission), omission.reason) for omission in self._count)

    def _in_words(self, omission: Omission) -> str:
        count, characters = self._count[omission], self._characters[omission]
        name = omission.one if count == 1 else omission.many
        if not omission.counts_characters:
            return f"{count:,} {name}"
        amount = f"{name} ({characters:,} characters)"
        return amount if count == 1 else f"{count:,} {amount}"
