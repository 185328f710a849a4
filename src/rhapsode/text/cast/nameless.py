"""First names that only people in a book call each other by, and never the narrator: whose they are."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from rhapsode.text.cast.attribution import Attribution
from rhapsode.text.cast.mentions import NameIndex
from rhapsode.text.cast.people import Person
from rhapsode.text.cast.quotations import Quotation

_SURE = 0.9
_LEAST_VOTES = 2

Quoted = Sequence[tuple[str, Quotation, Attribution]]
"""The quotations of a chapter: (text of the paragraph, quotation, who speaks it)."""


def join_called(people: Sequence[Person], index: NameIndex, chapters: Sequence[Quoted]) -> list[Person]:
    """The people with such names joined to those who speak just before or after they are called by them."""
    called = {number for number, person in enumerate(people) if not person.narrated}
    votes: dict[int, Counter[int]] = {number: Counter() for number in called}
    for quoted in chapters:
        _vote(votes, people, index, quoted)
    owners = {number: owner for number in called if (owner := _elected(votes[number])) is not None}
    joined = [
        replace(
            person, names=(*person.names, *(people[n].names[0] for n, o in owners.items() if o == number))
        )
        for number, person in enumerate(people)
    ]
    return [person for number, person in enumerate(joined) if number not in owners]


def _vote(votes: dict[int, Counter[int]], people: Sequence[Person], index: NameIndex, quoted: Quoted) -> None:
    speakers = [
        said.person if said.confidence >= _SURE and said.rule in ("name", "relation", "pronoun") else None
        for _, _, said in quoted
    ]
    for place, (text, quotation, said) in enumerate(quoted):
        for called in index.addressed(text[quotation.start + 1 : quotation.end - 1]) & votes.keys():
            beside = {_neighbour(speakers, said.person, place, step) for step in (-1, 1)}
            votes[called].update(one for one in beside if one is not None and _may_be(people, one, called))


def _neighbour(speakers: Sequence[int | None], speaker: int | None, place: int, step: int) -> int | None:
    """Who is the next to speak after or before somebody has finished; None where nobody is sure."""
    while 0 <= place < len(speakers) and speakers[place] == speaker:
        place += step
    return speakers[place] if 0 <= place < len(speakers) else None


def _may_be(people: Sequence[Person], one: int, called: int) -> bool:
    """Whether somebody has no first name yet that is known, and the right gender."""
    person = people[one]
    is_titled = all(name.split()[0].endswith(".") or name == person.surname for name in person.names)
    return is_titled and person.gender == people[called].gender


def _elected(votes: Counter[int]) -> int | None:
    ranked = votes.most_common(2)
    if not ranked or ranked[0][1] < _LEAST_VOTES:
        return None
    return None if len(ranked) > 1 and ranked[1][1] * 2 > ranked[0][1] else ranked[0][0]
