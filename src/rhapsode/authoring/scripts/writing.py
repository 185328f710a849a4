"""Scripts that a language model writes."""

from collections.abc import Callable, Sequence
from typing import Protocol

from rhapsode.authoring.scripts.brief import Line, ScriptBrief, SourceText
from rhapsode.authoring.scripts.parsing import find_problem, is_usable, read_script
from rhapsode.authoring.scripts.prompt import repair_messages, script_messages, summary_messages
from rhapsode.net.chat import Message
from rhapsode.studio.errors import ScriptFailed
from rhapsode.text.sentences import split_segments

MAX_MATERIAL_CHARACTERS = 12_000
"""Of one question: 3,000 tokens of English, which leave room for the answer in a context of 8,192."""

_ASKED_SHARE, _CUT_SHARE = 0.8, 0.95  # of the material: models don't count well, and nothing may be over it
_CHARACTERS_PER_WORD = 6
_FEWEST_SUMMARY_CHARACTERS = 240
_SUMMARIES = 0.7  # of the work, where there are any


class Asks(Protocol):
    """Whoever answers messages. See net.chat.Chat.answer, and what it raises."""

    def answer(self, messages: Sequence[Message], /) -> str:
        """What is said."""
        ...


def write_script(
    chat: Asks,
    brief: ScriptBrief,
    sources: Sequence[SourceText],
    note_progress: Callable[[float], None] = lambda _: None,
) -> tuple[Line, ...]:
    """A script without its intro and outro. note_progress: told the share that is done, 0 to 1.

    Raises: ScriptFailed, when the model doesn't answer, or writes none in two attempts.
    """
    material = _condensed(chat, "\n\n---\n\n".join(source.text for source in sources), note_progress)
    note_progress(_SUMMARIES)
    messages = script_messages(brief, material)
    answer = chat.answer(messages)
    first = read_script(answer, brief)
    problem = find_problem(first, brief)
    if problem is None:
        return first
    second = read_script(chat.answer(repair_messages(messages, answer, problem)), brief)
    usable = [lines for lines in (second, first) if is_usable(lines, brief)]
    if not usable:
        msg = "The language model wrote no script that can be read, in two attempts. Another model may."
        raise ScriptFailed(msg)
    return usable[0]


def _condensed(chat: Asks, material: str, note_progress: Callable[[float], None]) -> str:
    """The material, summarised in parts until a model can take all of it at once.

    Summaries are cut off where the model doesn't keep to a length, so each round leaves less.
    """
    while len(material) > MAX_MATERIAL_CHARACTERS:
        pieces = [
            material[start:end]
            for start, end in split_segments(material, language="en", max_characters=MAX_MATERIAL_CHARACTERS)
        ]
        share = max(_FEWEST_SUMMARY_CHARACTERS, MAX_MATERIAL_CHARACTERS // len(pieces))
        summaries = []
        for number, piece in enumerate(pieces, start=1):
            max_words = round(share * _ASKED_SHARE / _CHARACTERS_PER_WORD)
            summary = chat.answer(summary_messages(piece, max_words=max_words)).strip()
            summaries.append(summary[: round(share * _CUT_SHARE)])
            note_progress(_SUMMARIES * number / len(pieces))
        material = "\n\n".join(summaries)
    return material
