"""What speaks for and against each person who could say something, turn by turn of a chapter."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from rhapsode.text.cast.mentions import NameIndex, addressed_parent, addressed_politely
from rhapsode.text.cast.people import MIDDLE_AGED, Person
from rhapsode.text.cast.quotations import MARKS, QUOTED, Quotation, narration, tail
from rhapsode.text.cast.tags import Tag, begins, find_silent, find_tags, leading, marked, names_in, subject_of

# What is left of how present somebody is, from one paragraph to the next: who speaks needn't be named all the time.
_FADE, _FADE_IN_SPEECH = 0.8, 0.97
_CALLED = 0.7  # how present somebody is who is called by name
_MOST_PRESENT = 2.5
_LEAST_NARRATED = 3  # fewer, and a "Mrs." is only who somebody might become
_MOST_CANDIDATES = 7
_LEADING = 600  # characters before "her father" in which she is named
_SHORT = 160  # of a narrator's words beside what is said
_AHEAD = 6  # turns in which somebody is named who may speak already
_ANYBODY = 0.05


@dataclass(slots=True)
class Turn:
    """What one person says in one paragraph: quotations [first, last) of it.

    tag: who a narrator says speaks.    lead: as strong as that, from the paragraph before, and its weaker hint.
    gap: paragraphs of narration since the turn before.    beat: whom the narrator's words beside it are about.
    addressed: by name, those who can't be the speaker.    spoken_of: people rarely name themselves.
    parent, polite: the gender of the parent, or of the stranger, who is addressed.
    told: by whom the narrator's words begin and end that lead up to it, of the gender of its pronoun.
    salience: how present each person is, by what the narrator has said.    silent: who doesn't answer
      the turn before, nor speaks now.    unanswered: the same of who doesn't answer this one.
    """

    paragraph: int
    first: int
    last: int
    continues: bool = False
    tag: Tag | None = None
    begun: Tag | None = None
    beat: Tag | None = None
    gap: int = 0
    is_question: bool = False
    addressed: set[int] = field(default_factory=set)
    spoken_of: set[int] = field(default_factory=set)
    parent: str | None = None
    polite: str | None = None
    silent: Tag | None = None
    unanswered: Tag | None = None
    told: tuple[int, ...] = ()
    about: Tag | None = None
    salience: Mapping[int, float] = field(default_factory=dict)
    candidates: tuple[int, ...] = ()


def find_turns(
    paragraphs: Sequence[str],
    quotations: Sequence[Sequence[Quotation]],
    people: Sequence[Person],
    index: NameIndex,
) -> list[Turn]:
    """The turns of a chapter, each with who could speak it. Source: rules of published systems for English novels."""
    turns: list[Turn] = []
    salience: dict[int, float] = {}
    before, gap = "", 0
    silent: Tag | None = None
    for number, (text, found) in enumerate(zip(paragraphs, quotations, strict=True)):
        speech = " ".join(text[span.start + 1 : span.end - 1] for span in found)
        told = _with_kin(marked(narration(text, found), index), salience, people, index.addressed(speech))
        fade = _FADE_IN_SPEECH if found and len(told) < _SHORT else _FADE
        salience = {person: weight * fade for person, weight in salience.items() if weight > _ANYBODY}
        lead_in = told.split(QUOTED)[0]
        _notice(salience, lead_in if found else told)
        if found:
            made = list(_turns_of(number, text, told, found, index))
            _lead_in(made[0], before, gap, silent if silent is not None else find_silent(lead_in))
            for turn in made:
                turn.told = _antecedents(turn.tag, lead_in, before if gap else "", people)
                turn.salience = dict(salience)
                _notice_present(salience, turn)
            turns += made
            _notice(salience, "".join(told.split(QUOTED)[1:]))
            silent, gap = None, 0
        else:
            gap += 1
            silent = find_silent(told)
            if turns and gap == 1:
                turns[-1].unanswered = silent
        before = told.split(QUOTED)[-1]
    _add_candidates(turns, people)
    return turns


def _turns_of(
    number: int, text: str, told: str, found: Sequence[Quotation], index: NameIndex
) -> Iterator[Turn]:
    """Most paragraphs are one turn; where a second person is named as speaking, another begins."""
    tags = find_tags(told)
    segments = told.split(QUOTED)
    bounds = _bounds(tags)
    for first, last in bounds:
        speech = " ".join(text[span.start : span.end].strip(MARKS) for span in found[first:last])
        addressed = index.addressed(speech)
        turn = Turn(number, first, last, continues=found[first].continues)
        turn.tag = next((tag for tag in tags[first:last] if tag is not None), None)
        turn.addressed, turn.spoken_of = addressed, index.spoken_of(speech)
        turn.parent, turn.polite = addressed_parent(speech), addressed_politely(speech)
        turn.is_question = speech.endswith("?")
        if turn.tag is None:
            turn.beat = _beat(segments[first], segments[last])
        yield turn


def _bounds(tags: Sequence[Tag | None]) -> list[tuple[int, int]]:
    """Where another name is said to speak, a turn ends. A pronoun means whoever has the word."""
    starts = [0]
    current = tags[0]
    for number, tag in enumerate(tags[1:], start=1):
        if tag is None:
            continue
        if current is not None and tag.kind == current.kind == "name" and tag.person != current.person:
            starts.append(number)
        current = tag if current is None or tag.kind == "name" else current
    return list(zip(starts, [*starts[1:], len(tags)], strict=True))


def _beat(before: str, after: str) -> Tag | None:
    return (subject_of(before, last=True) if before.strip() else None) or (
        subject_of(after, last=False) if after.strip() else None
    )


def _lead_in(turn: Turn, before: str, gap: int, silent: Tag | None) -> None:
    """What the paragraph before a turn says of who speaks it."""
    turn.gap, turn.silent = gap, silent
    turn.begun = begins(before)
    if gap and before.strip():
        turn.about = subject_of(before, last=True)
    if turn.tag is None:
        turn.tag = leading(before)


def _notice(salience: dict[int, float], told: str) -> None:
    """Let whom the narrator names be more present, the later and the more a sentence is about them."""
    names = names_in(told)
    for place, (person, is_subject) in enumerate(names):
        weight = (1.0 if is_subject else 0.5) * (1.0 if len(names) - place <= _MOST_CANDIDATES else 0.3)
        salience[person] = min(salience.get(person, 0.0) + weight, _MOST_PRESENT)


def _notice_present(salience: dict[int, float], turn: Turn) -> None:
    """Whoever speaks or is spoken to is there."""
    for person in turn.addressed:
        salience[person] = max(salience.get(person, 0.0), _CALLED)
    if turn.tag is not None and turn.tag.person is not None:
        salience[turn.tag.person] = min(salience.get(turn.tag.person, 0.0) + 1.0, _MOST_PRESENT)


def _antecedents(tag: Tag | None, lead_in: str, before: str, people: Sequence[Person]) -> tuple[int, ...]:
    """Whom a pronoun may mean by what precedes it, the likelier first: of its gender the first and the last named."""
    if tag is None or tag.kind != "pronoun":
        return ()
    is_beside = bool(names_in(lead_in))
    told = names_in(lead_in if is_beside else before)
    named = [person for person, _ in told if people[person].gender in (tag.gender, None)]
    # The last of the paragraph before is nearer than its first.
    return tuple(named[:: len(named) - 1 or 1] if is_beside else named[:: 1 - len(named) or 1])


def _with_kin(told: str, salience: Mapping[int, float], people: Sequence[Person], addressed: set[int]) -> str:
    """The same words, with the person in the place of "her father", where that can be only one who is there."""

    def person(match: re.Match[str]) -> str:
        named = [one for one, _ in names_in(tail(told, match.start(), _LEADING))][::-1]
        present = sorted(salience, key=lambda one: -salience[one])
        owners = list(dict.fromkeys([*sorted(addressed), *named, *present]))
        gender = {"her": "female", "his": "male"}.get(match["whose"].lower())
        found = (
            _KIN[match["relation"]](people, owner)
            for owner in owners
            if owner in addressed or gender is None or people[owner].gender in (gender, None)
        )
        one = next((one for one in found if one is not None), None)
        return match[0] if one is None else f"\x00{one}k\x00"

    return _KINSHIP.sub(person, told)


def _wife(people: Sequence[Person], person: int) -> int | None:
    one = people[person]
    return _married(people, one.surname, "female") if one.gender == "male" else None


def _husband(people: Sequence[Person], person: int) -> int | None:
    one = people[person]
    return _married(people, one.surname, "male") if one.is_married else None


def _mother(people: Sequence[Person], person: int) -> int | None:
    return None if _is_parent(people, person) else _married(people, people[person].surname, "female")


def _father(people: Sequence[Person], person: int) -> int | None:
    return None if _is_parent(people, person) else _married(people, people[person].surname, "male")


_KIN: Mapping[str, Callable[[Sequence[Person], int], int | None]] = {
    "wife": _wife,
    "lady": _wife,
    "husband": _husband,
    "mother": _mother,
    "father": _father,
}


_KINSHIP = re.compile(rf"\b(?P<whose>[Hh]er|[Hh]is|[Tt]heir) (?P<relation>{'|'.join(_KIN)})\b")


def _is_parent(people: Sequence[Person], person: int) -> bool:
    return people[person].age == MIDDLE_AGED


def _married(people: Sequence[Person], surname: str, gender: str) -> int | None:
    """The Mr. or Mrs. of a family."""
    if not surname:
        return None
    found = (
        index
        for index, one in enumerate(people)
        if one.surname == surname
        and one.gender == gender
        and one.age == MIDDLE_AGED
        and one.narrated >= _LEAST_NARRATED
    )
    return next(found, None)


def _add_candidates(turns: Sequence[Turn], people: Sequence[Person]) -> None:
    for number, turn in enumerate(turns):
        weights = dict(turn.salience)
        for distance, later in enumerate(turns[number : number + _AHEAD]):
            if later.tag is not None and later.tag.person is not None:
                weights[later.tag.person] = weights.get(later.tag.person, 0.0) + _FADE**distance
        possible = (person for person in weights if people[person].narrated)
        ranked = sorted(possible, key=lambda person: (-weights[person], person))
        turn.candidates = tuple(ranked[:_MOST_CANDIDATES])
