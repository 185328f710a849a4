"""The outline of a PDF: where its entries lead, as far as they can be believed."""

from collections.abc import Sequence
from dataclasses import dataclass

from rhapsode.documents.pdf.headings import Spoken
from rhapsode.documents.pdf.pages import Bookmark
from rhapsode.documents.text_headings import is_part

_FEWEST_ENTRIES = 2  # an outline of one entry divides nothing
_BELIEVED = 0.5  # of the titles stand where they lead to
_NUMBERING_CHARACTERS = 14  # "Chapter 12" in front of a title


@dataclass(frozen=True, slots=True)
class Place:
    """An entry and the paragraph that it leads to. is_heading: whether its title stands there."""

    title: str
    depth: int
    index: int
    is_heading: bool


def places_of(outline: Sequence[Bookmark], spoken: Sequence[Spoken]) -> list[Place]:
    """Where the entries lead, in reading order; none, when most titles stand elsewhere or nowhere."""
    places = [place for bookmark in outline if (place := _place(bookmark, spoken)) is not None]
    headings = sum(place.is_heading for place in places)
    if len(places) < _FEWEST_ENTRIES or headings < _BELIEVED * len(outline):
        return []
    first: dict[int, Place] = {}
    for place in places:
        first.setdefault(place.index, place)
    return [first[index] for index in sorted(first)]


def chapter_depth(places: Sequence[Place]) -> int:
    """The depth of the entries that are chapters: below a single root, and below parts."""
    depths = [place.depth for place in places]
    depth = next((d for d in sorted(set(depths)) if depths.count(d) >= _FEWEST_ENTRIES), 0)
    parts = sum(is_part(place.title) for place in places if place.depth == depth)
    below = depths.count(depth + 1)
    return depth + 1 if parts * 2 >= depths.count(depth) and below > parts else depth


def _place(bookmark: Bookmark, spoken: Sequence[Spoken]) -> Place | None:
    on_page = [i for i, item in enumerate(spoken) if item.paragraph.first.page == bookmark.page]
    found = [i for i in on_page if _says(spoken, i, bookmark.title)]
    if found:
        nearest = min(found, key=lambda i: _distance(bookmark, spoken[i]))
        return Place(bookmark.title, bookmark.depth, nearest, is_heading=True)
    below = (i for i in on_page if bookmark.top is None or spoken[i].paragraph.first.baseline <= bookmark.top)
    index = next(below, None)
    return None if index is None else Place(bookmark.title, bookmark.depth, index, is_heading=False)


def _distance(bookmark: Bookmark, spoken: Spoken) -> float:
    return 0.0 if bookmark.top is None else abs(spoken.paragraph.first.baseline - bookmark.top)


def _says(spoken: Sequence[Spoken], index: int, title: str) -> bool:
    """Whether a paragraph is an entry's title, perhaps with a number in front, or with its second line apart."""
    wanted, text = _letters(title), _letters(spoken[index].text)
    if not wanted or not text:
        return False
    if text == wanted or (text.endswith(wanted) and len(text) - len(wanted) <= _NUMBERING_CHARACTERS):
        return True
    if wanted.endswith(text) and len(wanted) - len(text) <= _NUMBERING_CHARACTERS:
        return True
    following = _letters(spoken[index + 1].text) if index + 1 < len(spoken) else ""
    return text + following == wanted


def _letters(text: str) -> str:
    return "".join(character for character in text.casefold() if character.isalnum())
