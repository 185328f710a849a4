"""What is asked of a script, and what a script is. Pure values."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

Mode = Literal["conversation", "bulletin"]
DurationScale = Literal["short", "default", "long"]
Speaker = Literal["host", "guest"]

WORDS_PER_MINUTE = 150
_TARGET_MINUTES: Mapping[DurationScale, float] = {"short": 2, "default": 5, "long": 9}
_FEWEST_WORDS = 60  # is left for the script itself, however long its intro and outro are

# Scripts without spaces: a character is more than half of a word of English, by the time it takes.
_UNSPACED = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]")
_WORDS_PER_UNSPACED = 0.6
_WORD = re.compile(r"[^\W_]\S*")
# Control characters and halves of surrogate pairs, which JSON can name and no file can hold.
_UNWRITABLE = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Line:
    """Something that is said in one breath: a paragraph of plain text."""

    speaker: Speaker
    text: str


@dataclass(frozen=True, slots=True)
class ScriptBrief:
    """What a script is to be. Source: operation create_podcast.

    language: two letters; None for that of the sources.    intro, outro: said word for word, first and last.
    instructions: of style and tone.    highlights: what has to come up.
    """

    mode: Mode
    duration_scale: DurationScale = "default"
    language: str | None = None
    intro: str | None = None
    outro: str | None = None
    instructions: str | None = None
    highlights: tuple[str, ...] = ()

    @property
    def target_words(self) -> int:
        """Of all that is written: short is under 3 minutes, long over 7, intro and outro included."""
        around = count_words(self.intro or "") + count_words(self.outro or "")
        return max(_FEWEST_WORDS, round(_TARGET_MINUTES[self.duration_scale] * WORDS_PER_MINUTE) - around)


@dataclass(frozen=True, slots=True)
class SourceText:
    """What a podcast is about: paragraphs of plain text. language: BCP 47, where the source says it."""

    title: str | None
    paragraphs: tuple[str, ...]
    language: str | None = None

    @property
    def text(self) -> str:
        """All of it, its title first."""
        return "\n\n".join([*([self.title] if self.title else []), *self.paragraphs])


def count_words(text: str) -> int:
    """How many words of English take as long to be said; an estimate."""
    unspaced = len(_UNSPACED.findall(text))
    return len(_WORD.findall(_UNSPACED.sub(" ", text))) + round(unspaced * _WORDS_PER_UNSPACED)


def tidy_words(text: str) -> str:
    """A paragraph on one line, without what is no text."""
    return " ".join(_UNWRITABLE.sub("", text).split())


def framed(brief: ScriptBrief, lines: Sequence[Line]) -> tuple[Line, ...]:
    """A script with its intro and its outro, which the host says."""
    first = [Line("host", brief.intro)] if brief.intro else []
    last = [Line("host", brief.outro)] if brief.outro else []
    return (*first, *lines, *last)
