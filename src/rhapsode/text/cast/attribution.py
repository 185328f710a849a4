"""Whose each quotation is: what the narrator says of it, whom it addresses, and whose turn it is."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from rhapsode.text.cast.clues import Turn, find_turns
from rhapsode.text.cast.mentions import NameIndex
from rhapsode.text.cast.people import Person
from rhapsode.text.cast.quotations import Quotation
from rhapsode.text.cast.tags import Tag
from rhapsode.text.cast.turns import Transition, decide

Rule = Literal["name", "pronoun", "relation", "continued", "beat", "turns", "nearby", "model"]
"""Why a quotation is somebody's: a name or a pronoun beside it, whose wife or brother speaks, that it goes on, whom
the sentence beside it is about, whose turn it is, who is there, or that a language model has said so."""

# Natural logarithms of how much likelier something makes a speaker. Set by hand on one half of annotated passages.
_NEVER = -12.0
_ADDRESSED = -6.0
_SPOKEN_OF = -1.5
_BEAT = 4.0
_BEGUN = 3.0
_SILENT = -2.0
_PRESENT = 0.4
_ALTERNATES = 2.0
_GOES_ON = -2.5
_GOES_ON_AFTER = -0.3
_ASKS_AGAIN = 2.0  # whoever wasn't answered
_WAS_ADDRESSED = 3.5
_INVOKED = 0.4  # somebody who wasn't there: "Dearest Jane!"
_THERE = 0.3
_ADDRESSES_LAST = 0.6
_ANSWERS = 1.0
_OTHER_GENDER = -8.0
_ABOUT, _ABOUT_PRONOUN = 0.4, 2.5
_OTHERS_TURN = 0.8  # of what alternation counts for, when somebody else was called
_ANTECEDENT = (
    2.5,
    1.0,
)  # the first that was named before a pronoun, whom the sentence is about, and the last
_LONG_GAP = 3


@dataclass(frozen=True, slots=True)
class Attribution:
    """Who speaks a quotation. person: by place among the people, None where nobody is known who could.

    confidence: 0 to 1, how likely that is by the rules.
    """

    person: int | None
    rule: Rule
    confidence: float


def attribute(
    paragraphs: Sequence[str],
    quotations: Sequence[Sequence[Quotation]],
    people: Sequence[Person],
    index: NameIndex,
) -> list[list[Attribution]]:
    """Who speaks each quotation of each paragraph of a chapter."""
    turns = find_turns(paragraphs, quotations, people, index)
    answers: list[list[Attribution]] = [[] for _ in paragraphs]
    for turn, answer in zip(turns, _Chapter(turns, people).attributions(), strict=True):
        answers[turn.paragraph] += [answer] * (turn.last - turn.first)
    return answers


class _Chapter:
    """The turns of one chapter and their scores."""

    def __init__(self, turns: Sequence[Turn], people: Sequence[Person]) -> None:
        self._turns = turns
        self._people = people

    def attributions(self) -> list[Attribution]:
        scores = [self._scores(turn) for turn in self._turns]
        known = [number for number, candidates in enumerate(scores) if candidates]
        decisions = decide([scores[number] for number in known], self._transition_among(known))
        found = {
            number: Attribution(decision.person, self._rule(number), round(decision.probability, 3))
            for number, decision in zip(known, decisions, strict=True)
        }
        return [found.get(number, Attribution(None, "nearby", 0.0)) for number in range(len(self._turns))]

    def _rule(self, number: int) -> Rule:
        turn = self._turns[number]
        if turn.continues:
            return "continued"
        if turn.tag is not None:
            return turn.tag.kind
        if turn.beat is not None and turn.beat.person is not None:
            return "beat"
        is_run = number > 0 and turn.gap == 0 and self._turns[number - 1].paragraph == turn.paragraph - 1
        return "turns" if is_run else "nearby"

    # Each turn for itself

    def _scores(self, turn: Turn) -> dict[int, float]:
        if turn.tag is not None and turn.tag.person is not None:
            return {turn.tag.person: 0.0}
        return {person: self._score(turn, person) for person in turn.candidates}

    def _score(self, turn: Turn, person: int) -> float:
        score = _PRESENT * turn.salience.get(person, 0.0)
        score += _ADDRESSED * (person in turn.addressed) + _SPOKEN_OF * (person in turn.spoken_of)
        score += self._fits(turn.silent, person, 0.0, _SILENT, other=0.0)
        score += self._fits(turn.unanswered, person, 0.0, _SILENT, other=0.0)
        score += self._fits(turn.tag, person, _NEVER, 0.0) + self._fits(turn.beat, person, 0.0, _BEAT)
        about = _ABOUT if turn.tag is None else _ABOUT_PRONOUN
        score += self._fits(turn.begun, person, 0.0, _BEGUN) + self._fits(turn.about, person, 0.0, about)
        score += sum(weight for one, weight in zip(turn.told, _ANTECEDENT, strict=False) if one == person)
        return score + self._politeness(turn, person)

    def _fits(
        self, tag: Tag | None, person: int, otherwise: float, then: float, other: float = _OTHER_GENDER
    ) -> float:
        """What a narrator's word says of a person: `then` if it means them, `other` if it means another gender."""
        if tag is None:
            return 0.0
        if tag.person is not None:
            return then if tag.person == person else otherwise
        gender = self._people[person].gender
        if tag.gender is not None and gender is not None and gender != tag.gender:
            return otherwise or other
        return then / 2 + self._related(tag, person)

    def _related(self, tag: Tag, person: int) -> float:
        """Whether somebody can be the wife or the father of anybody, by the names of the family."""
        if tag.relation in {"wife", "lady", "mother", "aunt"}:
            return 2.0 if self._people[person].is_married else -1.0
        if tag.relation in {"husband", "father", "uncle"}:
            return 2.0 if self._has_wife(person) else -1.0
        return 0.0

    def _has_wife(self, person: int) -> bool:
        surname = self._people[person].surname
        return bool(surname) and any(other.is_married and other.surname == surname for other in self._people)

    def _politeness(self, turn: Turn, person: int) -> float:
        one = self._people[person]
        if (
            turn.parent is not None
            and (one.is_married or self._has_wife(person))
            and one.gender == turn.parent
        ):
            return -2.0
        return -0.7 if turn.polite is not None and one.gender == turn.polite else 0.0

    # And beside the others

    def _transition_among(self, known: Sequence[int]) -> Transition:
        def transition(place: int, before: int | None, last: int, person: int) -> float:
            turn, previous = self._turns[known[place]], self._turns[known[place - 1]]
            if turn.continues:
                return 0.0 if person == last else _NEVER
            if turn.gap > _LONG_GAP:
                return 0.0
            return self._follows(turn, previous, before, last, person)

        return transition

    def _follows(self, turn: Turn, previous: Turn, before: int | None, last: int, person: int) -> float:
        score = 0.0
        if person == last:
            after = _GOES_ON_AFTER if turn.silent is None else _ASKS_AGAIN
            score += _GOES_ON if turn.gap == 0 else after
        if before is not None and person == before and person != last:
            is_called = not previous.addressed or person in previous.addressed
            score += _ALTERNATES / (1 + turn.gap) * (1.0 if is_called else _OTHERS_TURN)
        if person in previous.addressed:
            is_there = previous.salience.get(person, 0.0) > _THERE
            score += (_WAS_ADDRESSED if is_there else _INVOKED) / (1 + turn.gap)
        if last in turn.addressed:
            score += _ADDRESSES_LAST
        if previous.is_question and person != last:
            score += _ANSWERS
        return score
