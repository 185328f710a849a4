"""Whose each quotation is, rule by rule."""

import pytest

from rhapsode.text.cast.book import find_cast

SCENE = (
    "Mrs. Tarn shut the door. Mr. Tarn was mending a net, and Mr. Tarn did not look up. Mrs. Tarn waited.",
    "Their daughter Emily came down with her friend Anne. Emily was tired. Anne was not. Emily sat by Anne.",
)


def speakers(*paragraphs: str) -> list[tuple[str | None, str]]:
    """(who speaks, by which rule) of each quotation behind the scene."""
    cast = find_cast([[*SCENE, *paragraphs]])
    said = [each.attribution for quotations in cast.said[0] for each in quotations]
    return [(None if one.person is None else cast.people[one.person].names[-1], one.rule) for one in said]


@pytest.mark.parametrize(
    ("text", "speaker"),
    [
        ("“It is late,” said Mr. Tarn.", "Mr. Tarn"),
        ("“It is late,” Mr. Tarn said.", "Mr. Tarn"),
        ("“It is late,” replied Mrs. Tarn quietly, “and cold.”", "Mrs. Tarn"),
        ("“It is late!” Emily suddenly cried.", "Emily"),
        ("Then Anne, who had been listening, whispered, “It is late.”", "Anne"),
        ("Mrs. Tarn turned to Emily and said, “It is late.”", "Mrs. Tarn"),
    ],
)
def test_a_name_beside_it(text: str, speaker: str) -> None:
    """In whatever order, with whatever between."""
    assert {who for who, _ in speakers(text)} == {speaker}


def test_words_that_lead_up_to_it() -> None:
    """The paragraph before may say who speaks."""
    assert speakers("After a while Mr. Tarn coldly observed—", "“It is late.”") == [("Mr. Tarn", "name")]


def test_a_pronoun() -> None:
    """Means somebody of its gender who is there, whom the words before are about."""
    told = speakers("Anne looked at the sea.", "“It is late,” said she.", "“It is not,” said he.")

    assert told == [("Anne", "pronoun"), ("Mr. Tarn", "pronoun")]


def test_a_relation() -> None:
    """The wife of whoever is addressed, and the mother of whoever was named."""
    assert speakers("“My dear Mr. Tarn,” said his wife, “it is late.”") == [("Mrs. Tarn", "relation")] * 2
    assert speakers("Emily yawned. “You are tired,” said her father.") == [("Mr. Tarn", "relation")]


def test_turns() -> None:
    """Two who talk take turns, and who is called by name doesn't speak."""
    told = speakers(
        "“Is it late?” said Emily.",
        "“It is six, Emily,” said Mr. Tarn.",
        "“So late!”",
        "“Not very.”",
        "“But dark.”",
    )

    assert [who for who, _ in told] == ["Emily", "Mr. Tarn", "Emily", "Mr. Tarn", "Emily"]
    assert [rule for _, rule in told[2:]] == ["turns"] * 3


def test_who_is_addressed() -> None:
    """Doesn't speak, and is likely to answer."""
    told = speakers("“Where were you, Anne?” said Mrs. Tarn.", "“At the quay.”", "“Alone, Anne?”")

    assert [who for who, _ in told] == ["Mrs. Tarn", "Anne", "Mrs. Tarn"]


def test_what_goes_on() -> None:
    """A speech of several paragraphs is one person's."""
    told = speakers("“It began at sea,” said Mr. Tarn. “We were four.", "“Then it rained.”")

    assert told[-1] == ("Mr. Tarn", "continued")


def test_a_beat() -> None:
    """Whoever a sentence in the same paragraph is about speaks it."""
    assert speakers("Anne put down her cup. “It is late.”") == [("Anne", "beat")]


def test_who_does_not_answer() -> None:
    """Isn't the next to speak."""
    told = speakers("“It is late,” said Mrs. Tarn.", "Mr. Tarn made no answer.", "“Do you not hear me?”")

    assert told[-1][0] == "Mrs. Tarn"


def test_a_name_only_people_use() -> None:
    """A first name that the narrator never has is met by who answers to it."""
    call = "“Come here, Edward,” said Mrs. Tarn.", "“I am coming,” said Mr. Tarn."
    cast = find_cast([[*SCENE, *call, "They were silent.", *call]])

    assert "Edward" in next(person for person in cast.people if person.name == "Mr. Tarn").names


def test_marks_of_ours_in_a_text() -> None:
    """What stands for a quotation or a name while a text is read means nothing in the text itself."""
    assert speakers("\ufffc \x0099\x00 “It is late,” said Emily. \ufffc")[0][0] == "Emily"


def test_a_book_without_people() -> None:
    """Nobody speaks its quotations."""
    cast = find_cast([["It rained. “Not again.”"]])

    assert cast.people == ()
    assert cast.said[0][0][0].attribution.person is None
