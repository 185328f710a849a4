"""Where somebody speaks: the marks of many languages, apostrophes, and what is no speech at all."""

import pytest

from rhapsode.text.cast.quotations import QUOTED, find_quotations, narration


def quoted(*paragraphs: str) -> list[list[str]]:
    """What is said in each paragraph."""
    found = find_quotations(paragraphs)
    return [
        [text[each.start : each.end] for each in quotations]
        for text, quotations in zip(paragraphs, found, strict=True)
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("“The tide turns,” said Ida, “at six.”", ["“The tide turns,”", "“at six.”"]),
        ("‘It isn’t late,’ said Ida. ‘You’re early.’", ["‘It isn’t late,’", "‘You’re early.’"]),
        ("‘’Tis the boys’ boat,’ said Ida.", ["‘’Tis the boys’ boat,’"]),
        ('"It isn\'t late," said Ida.', ['"It isn\'t late,"']),
        ("'It isn't late,' said Ida.", ["'It isn't late,'"]),
        ("« La mer monte », dit Ida.", ["« La mer monte »"]),
        ("»Das Meer steigt«, sagte Ida.", ["»Das Meer steigt«"]),
        ("„Das Meer steigt“, sagte Ida.", ["„Das Meer steigt“"]),
        ("— El mar sube —dijo Ida—. Vamos.", ["El mar sube", ". Vamos."]),
        ("“He said ‘never’ to me,” said Ida.", ["“He said ‘never’ to me,”"]),
        ("Ida’s boat was the boys’ too.", []),
    ],
)
def test_marks(text: str, said: list[str]) -> None:
    """Each pair is told by itself; an apostrophe closes nothing."""
    assert quoted(text) == [said]


@pytest.mark.parametrize(
    "text",
    [
        "She had read “The Long Ebb” twice, and liked it.",
        "His so-called “friends” had gone.",
        "They called it “the Needle” for its shape.",
    ],
)
def test_what_is_only_named(text: str) -> None:
    """A title, and a word that is held at arm's length, are the narrator's."""
    assert quoted(text, "“And then?” said Ida.") == [[], ["“And then?”"]]


def test_a_quotation_over_paragraphs() -> None:
    """One that is left open goes on in the next paragraph that opens again, and nowhere else."""
    texts = ("“It began at sea.", "“Then it rained.”", "“Did it?”", "He nodded.")
    found = find_quotations(texts)

    assert [[each.continues for each in quotations] for quotations in found] == [[False], [True], [False], []]
    assert quoted(*texts)[0] == ["“It began at sea."]


def test_the_narrator_s_words() -> None:
    """Have a mark in the place of what is said."""
    text = "“Well,” said Ida, “no.”"
    (found,) = find_quotations([text])

    assert narration(text, found) == f"{QUOTED} said Ida, {QUOTED}"
