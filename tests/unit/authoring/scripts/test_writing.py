"""What a language model is asked for, and what becomes of its answers."""

import json
from collections.abc import Sequence

import pytest

from rhapsode.authoring.scripts.brief import ScriptBrief, SourceText
from rhapsode.authoring.scripts.writing import MAX_MATERIAL_CHARACTERS, write_script
from rhapsode.net.chat import Message
from rhapsode.studio.errors import ScriptFailed

SOURCE = SourceText("Tides", ("The moon pulls at the sea.",))
TALK = ScriptBrief(
    "conversation",
    "short",
    language="de",
    intro="Hello there.",
    outro="Goodbye now.",
    instructions="Be kind.",
    highlights=("The moon is far",),
)


def said(speaker: str, words: int) -> str:
    return json.dumps({"speaker": speaker, "text": "word " * words})


GOOD = f"{said('host', 150)}\n{said('guest', 150)}"


class Answers:
    """Gives these answers, one after the other."""

    def __init__(self, *answers: str) -> None:
        self.answers = list(answers)
        self.asked: list[Sequence[Message]] = []

    def answer(self, messages: Sequence[Message], /) -> str:
        self.asked.append(messages)
        assert sum(len(message.content) for message in messages) < MAX_MATERIAL_CHARACTERS + 9_000
        return self.answers.pop(0)


def test_all_that_is_wished_for_is_asked_for() -> None:
    """In one question, with the sources apart from it."""
    model = Answers(GOOD)
    write_script(model, TALK, [SOURCE])
    ((task, material),) = model.asked
    for wish in (
        '"de"',
        "Hello there.",
        "Goodbye now.",
        "Be kind.",
        "The moon is far",
        f"{TALK.target_words} words",
    ):
        assert wish in task.content
    assert "guest" in task.content
    assert "The moon pulls at the sea." in material.content
    assert (task.role, material.role) == ("system", "user")


def test_a_bad_answer_is_asked_for_again() -> None:
    """Once, with what was wrong."""
    model = Answers("Sorry!", GOOD)
    assert len(write_script(model, TALK, [SOURCE])) == 2
    *_, wrong, why = model.asked[1]
    assert wrong == Message("assistant", "Sorry!")
    assert "JSON object" in why.content


def test_a_first_script_is_better_than_none() -> None:
    """One of the wrong length stands when the second attempt fails."""
    model = Answers(f"{said('host', 20)}{said('guest', 20)}", "Sorry!")
    assert [len(line.text.split()) for line in write_script(model, TALK, [SOURCE])] == [20, 20]


def test_two_bad_answers_are_an_error() -> None:
    """There is no third question."""
    with pytest.raises(ScriptFailed, match="two attempts"):
        write_script(Answers("", said("host", 300)), TALK, [SOURCE])


def test_long_sources_are_summarised_first() -> None:
    """In parts that a model can take, again where need be, whatever length it keeps to."""
    progress: list[float] = []
    text = "The tide rises and falls. " * 2_000
    parts = -(-len(text) // MAX_MATERIAL_CHARACTERS)
    model = Answers(*[f"Gist {number}. " * 2_000 for number in range(parts)], GOOD)
    write_script(model, TALK, [SourceText(None, (text,))], progress.append)
    assert len(model.asked) == parts + 1
    material = model.asked[-1][1].content
    assert all(f"Gist {number}." in material for number in range(parts))
    assert progress == sorted(progress)
