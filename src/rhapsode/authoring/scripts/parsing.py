"""A language model's answer, read as a script. Pure.

Models wrap what they are asked for: in fences, in an array, in an object, behind their thoughts; and an answer that
is too long breaks off. So every object that has a text is taken, wherever it stands.
"""

import json
import re
from collections.abc import Iterator, Sequence
from typing import Any

from rhapsode.authoring.scripts.brief import Line, ScriptBrief, Speaker, count_words, tidy_words

_DECODER = json.JSONDecoder()
_THOUGHTS = re.compile(r"<think(?:ing)?>.*?(?:</think(?:ing)?>|\Z)", re.DOTALL)
_DIRECTIONS = re.compile(
    r"\[[^\[\]]{0,80}\]|\*[^*\s][^*]{0,80}\*(?=\s*(?:$|[.,!?]))|[*_#`]{2,}|^#+\s", re.MULTILINE
)
_FEWEST_WORDS = 20
_TOO_SHORT, _TOO_LONG = 0.5, 1.6  # of what was asked for: then a second attempt is worth its time


def read_script(answer: str, brief: ScriptBrief) -> tuple[Line, ...]:
    """All lines of an answer, in order; none where there are none."""
    objects = list(_objects(_THOUGHTS.sub("", answer)))
    names = list(dict.fromkeys(_name(value) for value in objects))
    lines = [Line(_speaker(_name(value), names, brief), _spoken(value["text"])) for value in objects]
    return tuple(line for line in lines if line.text)


def is_usable(lines: Sequence[Line], brief: ScriptBrief) -> bool:
    """Whether lines can stand as a script, whatever their length."""
    is_whole = brief.mode == "bulletin" or len({line.speaker for line in lines}) > 1
    return is_whole and _words(lines) >= _FEWEST_WORDS


def find_problem(lines: Sequence[Line], brief: ScriptBrief) -> str | None:
    """Why a model should try again, in a sentence for it; None where all is well."""
    if not lines:
        return "No line of that is a JSON object with speaker and text."
    if not is_usable(lines, brief):
        return "That is no script yet: it is too short, or only one of the two speaks."
    words = _words(lines)
    if not _TOO_SHORT <= words / brief.target_words <= _TOO_LONG:
        return f"That has {words} words, and about {brief.target_words} are wanted."
    return None


def _words(lines: Sequence[Line]) -> int:
    return sum(count_words(line.text) for line in lines)


def _objects(answer: str) -> Iterator[dict[str, Any]]:
    """Every JSON object with a text, of those inside each other the outermost."""
    place = answer.find("{")
    while place >= 0:
        end = place + 1
        try:
            value, decoded_to = _DECODER.raw_decode(answer, place)
        except (ValueError, RecursionError):
            pass
        else:
            if isinstance(value.get("text"), str):
                yield value
                end = decoded_to
        place = answer.find("{", end)


def _name(value: dict[str, Any]) -> str:
    return str(value.get("speaker") or value.get("role") or "host").strip().casefold()


def _speaker(name: str, names: Sequence[str], brief: ScriptBrief) -> Speaker:
    """Who is meant: models also call them by names of their own, and then the host is who speaks first."""
    if brief.mode == "bulletin" or "host" in name:
        return "host"
    if "guest" in name:
        return "guest"
    has_host = any("host" in other for other in names)
    return "host" if not has_host and name == names[0] else "guest"


def _spoken(text: str) -> str:
    return tidy_words(_DIRECTIONS.sub(" ", text))
