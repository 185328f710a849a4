"""What other programs than Word get wrong in a document, put right so far that the rest of it can be read.

mammoth gives up a whole document over any of it.
"""

from collections.abc import Mapping

from lxml import etree

from rhapsode.documents.docx.wordml import W, number_of, remove, value_of

_KINDS_OF_NOTES = ("footnote", "endnote")
_MOST_COLUMNS = 1_000
_HEXADECIMAL = 16


def mend(root: etree._Element, notes: Mapping[str, etree._Element]) -> None:
    """Mend a part in place. notes: the parts of notes, by their names."""
    _drop_lost_references(root, notes)
    for symbol in list(root.iter(f"{W}sym")):
        if not _is_character(value_of(symbol, "char")):
            remove(symbol)
    for span in list(root.iter(f"{W}gridSpan")):
        if not 0 < (number_of(span) or 0) <= _MOST_COLUMNS:
            remove(span)


def _drop_lost_references(root: etree._Element, notes: Mapping[str, etree._Element]) -> None:
    """Drop references to notes that aren't there."""
    for kind in _KINDS_OF_NOTES:
        part = notes.get(f"{kind}s")
        known = set() if part is None else {value_of(note, "id") for note in part.iter(f"{W}{kind}")}
        for reference in list(root.iter(f"{W}{kind}Reference")):
            if value_of(reference, "id") not in known:
                remove(reference)


def _is_character(code: str | None) -> bool:
    try:
        return int(code or "", _HEXADECIMAL) > 0
    except ValueError:
        return False
