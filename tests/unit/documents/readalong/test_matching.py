"""Which written block each spoken one came from."""

import pytest

from rhapsode.documents.readalong.matching import match_blocks, skeleton

BOOK = [
    "Contents",
    "Rain",
    "Sea",
    "Rain",
    "It rained all day.",
    "[1]",
    "Nobody came.",
    "Sea",
    "The sea was flat.",
]


def test_headings_belong_to_the_text_behind_them() -> None:
    """And not to the contents, which say the same words."""
    spoken = [["Rain", "It rained all day.", "Nobody came."], ["Sea", "The sea was flat."]]
    assert match_blocks(spoken, BOOK) == [{0: 3, 1: 4, 2: 6}, {0: 7, 1: 8}]


def test_what_was_edited_keeps_its_place_by_its_neighbours() -> None:
    """A paragraph with other words in it, and one that is new and stands nowhere."""
    spoken = [["Rain", "It rained all night.", "A stranger knocked twice.", "Nobody came."]]
    assert match_blocks(spoken, BOOK) == [{0: 3, 1: 4, 3: 6}]


def test_a_chapter_that_was_moved_is_found() -> None:
    """Somebody hears the second chapter first."""
    spoken = [["Sea", "The sea was flat."], ["Rain", "It rained all day.", "Nobody came."]]
    assert match_blocks(spoken, BOOK) == [{0: 7, 1: 8}, {0: 3, 1: 4, 2: 6}]


def test_no_block_is_met_twice() -> None:
    """Of two that say the same, each has its own."""
    (pairs,) = match_blocks([["No.", "No.", "No."]], ["No.", "Yes.", "No."])
    assert sorted(pairs.values()) == [0, 2]


def test_another_book_is_not_met() -> None:
    """Nothing is like anything."""
    assert match_blocks([["Zwölf Boxkämpfer jagen Viktor."]], ["The sea was flat."]) == [{}]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("“It’s 5 o’clock!”", "its5oclock"),
        ("ÉCOLE", "ecole"),
        ("ﬁn…", "fin"),
        ("日本、語", "日本語"),
        ("* * *", ""),
    ],
)
def test_letters_and_digits_are_compared_alone(text: str, expected: str) -> None:
    """Whatever an import tidies up is no difference."""
    assert skeleton(text) == expected
