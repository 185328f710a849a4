"""Where a book is cut for a shop."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.factories import make_block, make_chapter

from rhapsode.authoring.export_cuts import Limits, choose_sample, cut_chapter, lengths_of
from rhapsode.studio.document import BlockKind
from rhapsode.studio.project import Block, Chapter

LIMITS = Limits(file_s=110, sample_s=60, sample_wanted_s=20)


def chapter_of(*lengths_s: float, name: str = "A") -> tuple[Chapter, dict[str, float]]:
    """A chapter of a paragraph for each length, and what is known of them."""
    texts = [f"{name} {number}" for number in range(len(lengths_s))]
    return make_chapter(*texts, name=name), dict(zip(texts, lengths_s, strict=True))


def pieces_s(*lengths_s: float) -> list[float]:
    """How long the files are that a chapter becomes, each after a cut at a paragraph."""
    chapter, known_s = chapter_of(*lengths_s)
    pieces = cut_chapter(chapter, known_s, LIMITS)
    assert [block for piece in pieces for block in piece] == list(chapter.blocks)
    return [sum(lengths_of(piece, known_s)) for piece in pieces]


def test_a_chapter_that_fits_stays_whole() -> None:
    """So do almost all."""
    assert pieces_s(50, 40, 10) == [100]


def test_a_long_chapter_is_cut_evenly() -> None:
    """Nobody wants a second file of ten seconds."""
    assert pieces_s(*[10] * 11) == [60, 50]
    assert pieces_s(*[10] * 20) == [100, 100]


def test_a_paragraph_that_is_too_long_stays_whole() -> None:
    """There is no place in it to cut at."""
    assert pieces_s(10, 150, 10) == [10, 150, 10]


@given(st.lists(st.floats(0.1, 100), min_size=1, max_size=40))
def test_every_file_is_short_enough(lengths_s: list[float]) -> None:
    """Whatever paragraphs there are, if each fits by itself; no piece is empty."""
    found = pieces_s(*lengths_s)
    assert all(0 < length_s <= 100.001 for length_s in found)
    assert sum(found) == pytest.approx(sum(lengths_s))


def test_what_was_never_spoken_is_guessed() -> None:
    """By its characters, and what isn't spoken takes no time."""
    blocks = [make_block("x" * 140), make_block("Note.", narrated=False)]
    assert lengths_of(blocks, {}) == [10, 0]


def sample_of(*chapters: tuple[Chapter, dict[str, float]]) -> list[str]:
    known_s = {text: length_s for _, known in chapters for text, length_s in known.items()}
    return [block.text for block in choose_sample([chapter for chapter, _ in chapters], known_s, LIMITS)]


def test_a_sample_ends_with_a_paragraph() -> None:
    """It has as many as fit."""
    assert sample_of(chapter_of(20, 20, 20)) == ["A 0", "A 1"]


def test_a_sample_is_of_a_chapter_that_is_long_enough() -> None:
    """Or else of the one that gives most."""
    assert sample_of(chapter_of(5), chapter_of(12, 12, name="B")) == ["B 0", "B 1"]
    assert sample_of(chapter_of(5), chapter_of(8, name="B"), chapter_of(3, name="C")) == ["B 0"]
    assert sample_of(chapter_of(70)) == []


def test_a_sample_begins_and_ends_with_narration() -> None:
    """Not with a heading, and not with a break between two scenes."""

    def heading(text: str) -> Block:
        return make_block(text, kind=BlockKind.HEADING)

    scene = make_block(kind=BlockKind.SCENE_BREAK)
    chapter = make_chapter(
        heading("I"), scene, make_block("Rain."), scene, make_block("Fog."), scene, heading("II")
    )
    known_s = {"I": 1.0, "Rain.": 20.0, "Fog.": 10.0, "II": 1.0}
    assert [block.text for block in choose_sample([chapter], known_s, LIMITS)] == ["Rain.", "", "Fog."]
