"""A book's cast: who is in it, and who says what."""

from collections.abc import Sequence
from dataclasses import dataclass

from rhapsode.text.cast.attribution import Attribution, attribute
from rhapsode.text.cast.mentions import NameIndex
from rhapsode.text.cast.nameless import join_called
from rhapsode.text.cast.people import Person, find_people
from rhapsode.text.cast.quotations import Quotation, find_marks, find_quotations, narration


@dataclass(frozen=True, slots=True)
class Said:
    """A quotation of a paragraph, and who speaks it. person: by place in `BookCast.people`."""

    quotation: Quotation
    attribution: Attribution


@dataclass(frozen=True, slots=True)
class BookCast:
    """people: those who are named, most first.    said: of each chapter, of each paragraph, its quotations."""

    people: tuple[Person, ...]
    said: tuple[tuple[tuple[Said, ...], ...], ...]


def find_cast(chapters: Sequence[Sequence[str]]) -> BookCast:
    """Who speaks each quotation of a book, as far as the rules tell. chapters: each as its paragraphs, in order."""
    marks = find_marks([text for chapter in chapters for text in chapter])
    quoted = [find_quotations(chapter, marks) for chapter in chapters]
    told, speech = [], []
    for chapter, found in zip(chapters, quoted, strict=True):
        for text, quotations in zip(chapter, found, strict=True):
            told.append(narration(text, quotations))
            speech += [text[span.start + 1 : span.end - 1] for span in quotations]
    people = find_people(told, speech)
    first = _attributed(chapters, quoted, people)
    joined = join_called(
        people, NameIndex(people), [_flat(*entry) for entry in zip(chapters, quoted, first, strict=True)]
    )
    second = first if joined == people else _attributed(chapters, quoted, joined)
    return BookCast(tuple(joined), tuple(map(_said, quoted, second)))


_Quoted = Sequence[Sequence[Quotation]]
_Attributed = list[list[Attribution]]


def _attributed(
    chapters: Sequence[Sequence[str]], quoted: Sequence[_Quoted], people: Sequence[Person]
) -> list[_Attributed]:
    index = NameIndex(people)
    return [attribute(chapter, found, people, index) for chapter, found in zip(chapters, quoted, strict=True)]


def _flat(
    chapter: Sequence[str], quoted: _Quoted, attributed: _Attributed
) -> list[tuple[str, Quotation, Attribution]]:
    """A chapter's quotations one after the other."""
    return [
        (text, quotation, attribution)
        for text, found, answers in zip(chapter, quoted, attributed, strict=True)
        for quotation, attribution in zip(found, answers, strict=True)
    ]


def _said(
    quotations: Sequence[Sequence[Quotation]], attributions: Sequence[Sequence[Attribution]]
) -> tuple[tuple[Said, ...], ...]:
    return tuple(
        tuple(map(Said, found, answers)) for found, answers in zip(quotations, attributions, strict=True)
    )
