"""How long a script is to be, and what stands around it."""

import pytest

from rhapsode.authoring.scripts.brief import (
    WORDS_PER_MINUTE,
    DurationScale,
    Line,
    ScriptBrief,
    SourceText,
    count_words,
    framed,
)


@pytest.mark.parametrize(("scale", "least", "most"), [("short", 0, 3), ("default", 3, 7), ("long", 7, 60)])
def test_the_target_is_in_its_scale(scale: DurationScale, least: float, most: float) -> None:
    """Intro and outro included."""
    words = "word " * 100
    brief = ScriptBrief("bulletin", scale, intro=words, outro=words)
    assert least < (brief.target_words + 200) / WORDS_PER_MINUTE < most


def test_writing_without_spaces_has_words_too() -> None:
    """Japanese takes as long to be said as English of the same count."""
    assert count_words("The boat came in at six.") == 6
    assert count_words("船は六時に着いた。") == 5
    assert count_words("") == 0


def test_the_frame_is_said_by_the_host() -> None:
    """Word for word, first and last."""
    brief = ScriptBrief("conversation", intro="Hello.", outro="Bye.")
    lines = framed(brief, [Line("guest", "x")])
    assert lines == (Line("host", "Hello."), Line("guest", "x"), Line("host", "Bye."))
    assert SourceText("Tides", ("It rained.",)).text == "Tides\n\nIt rained."
