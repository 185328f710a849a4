"""What a language model answers about a cast, and what is made of that."""

from collections.abc import Sequence

import pytest

from rhapsode.authoring.cast.model import ask_model
from rhapsode.net.chat import Message
from rhapsode.text.cast.book import find_cast

BOOK = (("“It is late,” said Mrs. Tarn.", "“It is early,” said Mr. Tarn.", "“Somebody ought to know.”"),)


class Saying:
    """A model that always says the same."""

    def __init__(self, answer: str) -> None:
        self._answer = answer

    def answer(self, _messages: Sequence[Message]) -> str:
        return self._answer


@pytest.mark.parametrize(
    "answer",
    [
        "Nobody knows.",
        '{"1": ' + "[" * 100_000 + "}",
        '{"' + "1" * 5_000 + '": "Mrs. Tarn"}',
        '{"one": "Mrs. Tarn", "2": ["Mrs. Tarn"], "3": "Somebody"}',
        '["Mrs. Tarn"]',
    ],
)
def test_an_answer_that_cannot_be_used_leaves_the_rules(answer: str) -> None:
    """However deep or long it is."""
    found = find_cast(BOOK)
    assert [person.name for person in found.people] == ["Mrs. Tarn", "Mr. Tarn"]
    assert ask_model(Saying(answer), BOOK, found) == found
