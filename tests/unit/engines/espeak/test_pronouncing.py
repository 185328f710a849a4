"""Texts with mnemonics in them, and the way back."""

import pytest

from rhapsode.engines.espeak.pronouncing import SaidText, plain_text, plan_said_text
from rhapsode.studio.pronunciation import Pronunciation


def said(text: str, *words: str) -> str:
    """The text, with the mnemonics X for each of the words."""
    return plan(text, *words).text


def plan(text: str, *words: str) -> SaidText:
    starts = [text.index(word) for word in words]
    pronunciations = [
        Pronunciation(start, start + len(word), "x") for start, word in zip(starts, words, strict=True)
    ]
    return plan_said_text(text, pronunciations, str.upper)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a tide b", "a [[X]] b"),
        ("tide", "[[X]]"),
        ("(tide)", "( [[X]])"),
        ("“tide,” b", "“ [[X]],” b"),
        ("pretidepost", "pre [[X]] post"),
        ("tide. Then", "[[X]]. Then"),
        ("tide.", "[[X]]."),
        ("tide. then", "[[X]]  then"),  # espeak would say "dot"
        ("tide.com", "[[X]] com"),
        ("tide [[h@l]] b", "[[X]] ((h@l]] b"),
    ],
)
def test_mnemonics_stand_where_espeak_knows_them(text: str, expected: str) -> None:
    """Apart from what stands before them, and the only double brackets that open in the text."""
    assert said(text, "tide") == expected


@pytest.mark.parametrize(
    ("before", "is_cut"),
    [
        ("and the tide " * 50, False),
        ("and the boat " * 60, True),
        ("and the boat. " * 60 + "and the", True),  # full stops before small letters end nothing
        ("And the boat. " * 60, False),
        ("and the boat, " * 60, False),
        ("船" * 250, True),  # counted in bytes
        ("船。" * 250, False),
    ],
)
def test_a_clause_ends_before_espeak_would_end_it_inside_the_brackets(before: str, is_cut: bool) -> None:
    """With a comma, where the clause gets longer than espeak takes at once; nowhere else."""
    text = plan(f"{before} quay is", "quay").text

    assert text.endswith(", [[X]] is") == is_cut
    assert text.endswith(" [[X]] is")


def test_what_has_no_sound_stays_as_it_is_spelled() -> None:
    """Without any mnemonics the text is plain, double brackets and all."""
    assert plan_said_text("a [[b]]", [Pronunciation(0, 1, "?")], lambda _: "") == plain_text("a [[b]]")


def test_events_come_back_to_the_original() -> None:
    """Whatever is heard of mnemonics is heard of the first character of their word; the rest moves along."""
    text = plan("the tide of (tide)", "tide", "(tide")
    index = text.text.index

    events = [
        ("", 10, place, 1) for place in (0, index("[["), index("[[") + 2, index("of"), len(text.text) + 5)
    ]
    back = [character for _, _, character, _ in text.in_original(events)]

    assert back == [0, 4, 4, 9, len("the tide of (tide)")]
    assert len(text.places) == len(text.text) + 1
    assert list(text.places) == sorted(text.places)


def test_an_event_before_the_text_stays_there() -> None:
    """Espeak counts from one, and sometimes names no place."""
    assert plan("the tide", "tide", "tide").in_original([("t", 0, -1, 0)]) == [("t", 0, -1, 0)]


def test_events_of_a_plain_text_are_where_they_were() -> None:
    """Every character stands for itself."""
    assert plain_text("ab").in_original([("t", 0, 1, 0), ("_", 9, -1, 0)]) == [
        ("t", 0, 1, 0),
        ("_", 9, -1, 0),
    ]
