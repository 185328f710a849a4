import json
import unicodedata
from itertools import accumulate, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rhapsode.text.pauses import pause_character
from rhapsode.text.spoken import (
    Replacement,
    SpanMap,
    compose,
    kept_spoken_text,
    project,
    speakable,
    spoken_text_of,
)


@st.composite
def _maps(draw: st.DrawFn) -> tuple[SpanMap, int]:
    """A map and the length of an original that it fits."""
    sizes = draw(st.lists(st.tuples(st.integers(0, 5), st.integers(1, 5), st.integers(0, 7)), max_size=8))
    replacements, position = [], 0
    for kept, replaced, spoken_count in sizes:
        start = position + kept
        position = start + replaced
        replacements.append(Replacement(start, position, spoken_count))
    return SpanMap(tuple(replacements)), position + draw(st.integers(0, 5))


def _boundaries(draw: st.DrawFn, count: int) -> list[int]:
    steps = draw(st.lists(st.integers(0, 5000), min_size=count, max_size=count))
    return list(accumulate(steps, initial=draw(st.integers(0, 100))))


@given(st.data())
def test_projected_boundaries_are_exact_and_monotone(data: st.DataObject) -> None:
    """Every original character has a place, no time is lost or added, and kept characters keep theirs."""

    span_map, length = data.draw(_maps())
    spoken = data.draw(st.composite(_boundaries)(count=span_map.spoken_length(length)))

    projected = project(spoken, span_map, length)

    assert len(projected) == length + 1
    assert all(before <= behind for before, behind in pairwise(projected))
    assert (projected[0], projected[-1]) == (spoken[0], spoken[-1])
    offset, position = 0, 0
    for replacement in span_map.replacements:
        assert (
            list(projected[position : replacement.start + 1])
            == (spoken[position + offset : replacement.start + offset + 1])
        )
        position = replacement.end
        offset += replacement.spoken_count - (replacement.end - replacement.start)
    assert list(projected[position:]) == spoken[position + offset :]


@given(_maps())
def test_a_map_survives_json(span_map_and_length: tuple[SpanMap, int]) -> None:
    """The list of a map holds three numbers per replacement and gives the same map back."""

    span_map, _ = span_map_and_length
    stored = json.dumps(span_map.to_list())
    assert SpanMap.from_list(json.loads(stored)) == span_map
    assert len(span_map.to_list()) == 3 * len(span_map.replacements)


@given(st.text())
def test_what_is_spoken_is_the_original_without_what_has_no_sound(text: str) -> None:
    """Any text becomes one that an engine can take: UTF-8 without line breaks or control characters."""

    spoken, span_map = speakable(text)

    spoken.encode("utf-8")
    assert len(spoken) == span_map.spoken_length(len(text))
    assert not any(unicodedata.category(character) == "Cc" for character in spoken)
    assert speakable(spoken) == (spoken, SpanMap())


def test_usual_text_is_spoken_as_it_is() -> None:
    """A text with nothing to drop is not changed and its map is empty."""

    text = "“Naïve,” she said — 3 × 4… 道 \U0001f600"
    assert speakable(text) == (text, SpanMap())
    assert SpanMap().to_list() == []


@pytest.mark.parametrize(
    ("text", "spoken", "numbers"),
    [
        ("hy\u00adphen", "hyphen", [2, 1, 0]),
        ("a\u200b\u2060\ufeffb", "ab", [1, 3, 0]),
        ("\u202eabc\u202c", "abc", [0, 1, 0, 3, 1, 0]),
        ("a\x00\x1bb", "ab", [1, 2, 0]),
        ("one\ntwo", "one two", []),
        ("one\r\ntwo", "one two", [3, 2, 1]),
        ("a\tb\u2028c\x85d", "a b c d", []),
        ("x\ue000\U000f1234\ud800\ufffey", "xy", [1, 4, 0]),
        ("Auf\u200clage", "Auflage", [3, 1, 0]),
        (
            "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",
            "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",
            [],
        ),
        ("\u0915\u094d\u200d\u0937", "\u0915\u094d\u200d\u0937", []),
        ("", "", []),
        ("\u200b", "", [0, 1, 0]),
    ],
)
def test_characters_without_sound_are_dropped(text: str, spoken: str, numbers: list[int]) -> None:
    """What is not heard is dropped, line breaks become spaces, and joiners that spell words stay."""

    result, span_map = speakable(text)
    assert (result, span_map.to_list()) == (spoken, numbers)


def test_dropped_characters_take_no_time() -> None:
    """A soft hyphen has zero length and its neighbours keep their times."""

    _, span_map = speakable("a\u00adb")
    assert project([0, 100, 250], span_map, 3) == (0, 100, 100, 250)


def test_replaced_characters_share_the_time_of_what_was_spoken() -> None:
    """ "12 m" spoken as "twelve m": both digits take half of what "twelve" took, to the sample."""

    twelve = SpanMap((Replacement(0, 2, 6),))
    spoken = [0, 10, 20, 30, 40, 50, 61, 70, 80]
    assert project(spoken, twelve, 4) == (0, 30, 61, 70, 80)


def test_steps_are_undone_one_after_another() -> None:
    """Two maps applied in turn are projected through the last and then through the first."""

    first = SpanMap((Replacement(1, 2, 3),))  # "a1b" to "aoneb"
    spoken, last = speakable("a\u00adoneb")
    middle = project([0, 10, 20, 30, 40, 50], last, 6)
    assert spoken == "aoneb"
    assert middle == (0, 10, 10, 20, 30, 40, 50)
    assert project([0, 10, 20, 30, 40, 50], first, 3) == (0, 10, 40, 50)


def test_a_change_that_two_steps_make_together_is_one() -> None:
    """ "$5" spoken as "5 dollars" and that as "five dollars": the two characters share all of it."""

    first = SpanMap((Replacement(0, 2, 9),))
    second = SpanMap((Replacement(0, 1, 4),))
    assert compose(first, second) == SpanMap((Replacement(0, 2, 12),))


def test_what_one_step_drops_beside_a_change_of_the_other_stays_dropped() -> None:
    """It takes no time, whether it stands before or behind what changes; inside, it has a share of that time."""

    dropped = SpanMap(
        (Replacement(1, 2, 0), Replacement(3, 4, 0), Replacement(5, 6, 0))
    )  # "x-ab-c-" to "xabc"
    replaced = SpanMap((Replacement(1, 3, 4),))
    assert compose(dropped, replaced) == SpanMap(
        (Replacement(1, 2, 0), Replacement(2, 5, 4), Replacement(5, 6, 0))
    )


@given(st.data())
def test_both_steps_at_once_are_exact_and_monotone(data: st.DataObject) -> None:
    """The composed map gives the spoken text's length, loses no time, and never goes back."""

    first, length = data.draw(_maps())
    second = data.draw(_maps_of(first.spoken_length(length)))
    both = compose(first, second)
    spoken = data.draw(st.composite(_boundaries)(count=both.spoken_length(length)))

    assert both.spoken_length(length) == second.spoken_length(first.spoken_length(length))
    projected = project(spoken, both, length)
    assert (projected[0], projected[-1]) == (spoken[0], spoken[-1])
    assert all(before <= behind for before, behind in pairwise(projected))


@given(st.data())
def test_steps_that_change_different_places_are_the_same_at_once(data: st.DataObject) -> None:
    """Where no range of one step overlaps one of the other, two projections and the composed one agree."""

    first, length = data.draw(_maps())
    between = first.spoken_length(length)
    second = data.draw(_maps_of(between, beside=_ranges_behind(first)))
    spoken = data.draw(st.composite(_boundaries)(count=second.spoken_length(between)))

    in_steps = project(project(spoken, second, between), first, length)
    assert project(spoken, compose(first, second), length) == in_steps


@st.composite
def _maps_of(draw: st.DrawFn, length: int, beside: list[tuple[int, int]] | None = None) -> SpanMap:
    """A map of a text of this length, which changes nothing of some of its ranges and what touches them."""
    cuts = sorted(draw(st.sets(st.integers(0, length), max_size=12)))
    ranges = [
        (start, end)
        for start, end in zip(cuts[::2], cuts[1::2], strict=False)
        if not any(start <= known_end and end >= known for known, known_end in beside or ())
    ]
    return SpanMap(tuple(Replacement(start, end, draw(st.integers(0, 7))) for start, end in ranges))


def _ranges_behind(first: SpanMap) -> list[tuple[int, int]]:
    """Where the replacements of a map are in the text that it leads to."""
    places = []
    moved = 0
    for r in first.replacements:
        places.append((r.start + moved, r.start + moved + r.spoken_count))
        moved += r.spoken_count - (r.end - r.start)
    return places


@given(_maps())
def test_a_place_is_found_again_in_what_is_spoken(span_map_and_length: tuple[SpanMap, int]) -> None:
    """Places keep their order, and the end of the text is the end of what is spoken."""

    span_map, length = span_map_and_length
    places = [span_map.spoken_place(place) for place in range(length + 1)]
    assert places == sorted(places)
    assert places[0] == 0
    assert span_map.replacements or places == [*range(length + 1)]
    ends_with_a_drop = span_map.replacements and span_map.replacements[-1].end == length
    assert ends_with_a_drop or places[-1] == span_map.spoken_length(length)


def test_pauses_stay_where_they_are_meant() -> None:
    """As a character of an original they have no sound; in a text that is being prepared they are its pauses."""

    text = f"a{pause_character(0)}\u00ad{pause_character(3000)}\U000f0fff"
    assert speakable(text)[0] == "a"
    spoken, span_map = speakable(text, has_pauses=True)
    assert spoken == f"a{pause_character(0)}{pause_character(3000)}"
    assert span_map.to_list() == [2, 1, 0, 1, 1, 0]


@pytest.mark.parametrize(
    ("text", "spoken", "kept"),
    [("One.", "One.", None), ("o\u00adne\n", "one ", None), ("1", "one", "one"), ("[laughs]", "", "")],
)
def test_what_was_spoken_is_kept_where_it_is_something_else(text: str, spoken: str, kept: str | None) -> None:
    """And comes back in any case."""

    assert kept_spoken_text(text, spoken) == kept
    assert spoken_text_of(text, kept) == spoken


@pytest.mark.parametrize(
    ("boundaries", "length"), [([0, 1], 3), ([0, 1, 2, 3, 4], 3), ([0], 1), ([0, 1, 2], 1)]
)
def test_boundaries_of_another_text_are_refused(boundaries: list[int], length: int) -> None:
    """Boundaries, map and original must belong together."""

    with pytest.raises(ValueError, match="don't belong"):
        project(boundaries, SpanMap((Replacement(0, 2, 1),)), length)


@pytest.mark.parametrize(
    "replacements",
    [
        (Replacement(2, 2, 1),),
        (Replacement(3, 2, 1),),
        (Replacement(-1, 2, 1),),
        (Replacement(0, 2, -1),),
        (Replacement(4, 5, 1), Replacement(0, 1, 1)),
        (Replacement(0, 3, 1), Replacement(2, 4, 1)),
    ],
)
def test_a_map_that_makes_no_sense_is_refused(replacements: tuple[Replacement, ...]) -> None:
    """Replacements are in order, apart, of at least one code point, and speak no negative number."""

    with pytest.raises(ValueError, match="in order and apart"):
        SpanMap(replacements)


def test_a_list_of_another_shape_is_refused() -> None:
    """A stored map has three numbers per replacement."""

    with pytest.raises(ValueError, match="shorter"):
        SpanMap.from_list([1, 2])
