"""A bulletin is made of its sources' own sentences."""

import pytest

from rhapsode.authoring.scripts.brief import ScriptBrief, SourceText, count_words
from rhapsode.authoring.scripts.extraction import extract_script, find_script
from rhapsode.studio.errors import ScriptFailed

SHORT = ScriptBrief("bulletin", "short")
TIDES = [
    f"The harbour of town {number} has a tide that rises {number} metres when the moon is full. "
    f"Fishermen of town {number} know the tide and leave the harbour before it falls."
    for number in range(60)
]


def text_of(brief: ScriptBrief, *sources: SourceText) -> str:
    return " ".join(line.text for line in find_script(brief, sources))


def test_short_sources_are_said_whole() -> None:
    """There is nothing to choose from; headings are no sentences."""
    source = SourceText("Tides", ("Chapter One", "It rained all night long. Nobody slept in the harbour!"))
    assert text_of(SHORT, source) == "It rained all night long. Nobody slept in the harbour!"


def test_sentences_keep_their_order_and_fit() -> None:
    """Whole sentences of the source, each once, as many as the duration has room for."""
    source = SourceText(None, (*TIDES, *TIDES))
    said = text_of(SHORT, source)
    whole = " ".join(TIDES)
    assert SHORT.target_words * 0.8 < count_words(said) <= SHORT.target_words
    places = [whole.index(sentence) for sentence in said.replace(". ", ".|").split("|")]
    assert places == sorted(set(places))
    assert count_words(text_of(ScriptBrief("bulletin", "long"), source)) > 1_000


def test_every_source_has_its_say() -> None:
    """In proportion to its length, and a long one in all of its parts."""
    said = text_of(
        SHORT, SourceText(None, tuple(TIDES)), SourceText(None, ("Far away, a comet passed the sun.",))
    )
    assert said.endswith("Far away, a comet passed the sun.")


def test_highlights_are_said() -> None:
    """As sentences, before the rest."""
    brief = ScriptBrief("bulletin", "short", highlights=("The tide is high", "Is it new moon?"))
    assert text_of(brief, SourceText(None, tuple(TIDES))).startswith("The tide is high. Is it new moon? ")


@pytest.mark.parametrize("language", ["ja", "xx"])
def test_other_languages(language: str) -> None:
    """Also those without spaces, and those that nobody has stop words of."""
    sentences = tuple(
        f"港の船は{number}時に着いた、そして月が昇る前にまた出ていった。" for number in range(100)
    )
    said = text_of(SHORT, SourceText(None, sentences, language))
    assert 100 < count_words(said) <= SHORT.target_words
    assert said.startswith("港の船は")


def test_without_a_sentence_there_is_no_bulletin() -> None:
    """And a sentence says so, from the child too, which has no network."""
    with pytest.raises(ScriptFailed, match="no whole sentence"):
        extract_script(SHORT, [SourceText(None, ("one two", "three"))])
    (line,) = extract_script(SHORT, [SourceText(None, ("It rained all night long.",))])
    assert line.text == "It rained all night long."
