"""Whatever a language model wraps its script in, the script is found."""

import json

import pytest

from rhapsode.authoring.scripts.brief import Line, ScriptBrief
from rhapsode.authoring.scripts.parsing import find_problem, is_usable, read_script

TALK = ScriptBrief("conversation", "short")
NEWS = ScriptBrief("bulletin", "short")
LINES = (Line("host", "Why does the tide turn?"), Line("guest", "Because of the moon."))
OBJECTS = [{"speaker": line.speaker, "text": line.text} for line in LINES]
PLAIN = "\n".join(map(json.dumps, OBJECTS))


@pytest.mark.parametrize(
    "answer",
    [
        PLAIN,
        f"Here is the script:\n```json\n{PLAIN}\n```\nI hope you like it {{really}}!",
        json.dumps(OBJECTS, indent=2),
        json.dumps({"title": "Tides", "script": OBJECTS}),
        f"<think>I could write {json.dumps({'speaker': 'host', 'text': 'no'})}</think>{PLAIN}",
        f'{PLAIN}\n{{"speaker": "host", "text": "And then the con',
        PLAIN.replace("host", "HOST ").replace("guest", "Guest (Ida)"),
        PLAIN.replace("host", "Ida Strand").replace("guest", "A. Writer"),
        PLAIN.replace("Why", "[laughs] **Why").replace("turn?", "turn?** \\u0007\\ud800"),
    ],
)
def test_a_script_is_found(answer: str) -> None:
    """In fences, arrays and objects, behind thoughts, broken off, and with names and directions."""
    assert read_script(answer, TALK) == LINES


@pytest.mark.parametrize(
    "answer", ["", "I can't do that.", "{" * 50_000, "[" * 50_000 + "{", '{"text": 5}', "{}"]
)
def test_garbage_is_no_script(answer: str) -> None:
    """And takes no time."""
    assert read_script(answer, TALK) == ()
    assert find_problem((), TALK) is not None


def test_a_bulletin_has_one_speaker() -> None:
    """Whoever the model says it is."""
    assert {line.speaker for line in read_script(PLAIN, NEWS)} == {"host"}


def test_what_stands_and_what_could_be_better() -> None:
    """A conversation of one is none; a script of the wrong length can stand."""
    long = (Line("host", "word " * 200), Line("guest", "word " * 100))
    assert find_problem(long, TALK) is None
    assert not is_usable(long[:1], TALK)
    assert is_usable(long[:1], NEWS)
    problem = find_problem(long[1:], NEWS)
    assert problem is not None
    assert "100 words" in problem
    assert "300" in problem
