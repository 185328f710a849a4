import pytest

from rhapsode.studio.errors import TextTooLong
from rhapsode.text.arriving import ArrivingText

TALE = "The lamps are lit at dusk. Somebody walks along the quay. At dawn she puts them out again. "


def arriving(*schedule: float, max_characters: int = 40_000, at_once: bool = False) -> ArrivingText:
    return ArrivingText(language="en", max_characters=max_characters, schedule=schedule, at_once=at_once)


def taken(text: ArrivingText) -> list[str]:
    stretches = []
    while (stretch := text.take()) is not None:
        stretches.append(stretch)
    return stretches


def test_nothing_is_taken_before_there_is_enough() -> None:
    """A finished sentence waits too, until the schedule's first number is reached."""
    text = arriving()
    text.add(TALE)
    assert taken(text) == []
    text.add(TALE)
    assert taken(text) == [TALE + TALE]


def test_each_number_of_the_schedule_is_for_one_stretch() -> None:
    """So many characters wait before it is taken; the last number is for all that follow."""
    text = arriving(50, 100)
    stretches: list[str] = []
    waited = [0]
    for word in (TALE * 6).split():
        text.add(f"{word} ")
        waited[-1] += len(word) + 1
        for stretch in taken(text):
            stretches.append(stretch)
            waited.append(waited[-1] - len(stretch))

    assert len(stretches) > 3
    assert 50 <= waited[0] < 100
    assert min(waited[1:-1]) >= 100
    assert all(stretch.endswith(". ") for stretch in stretches)


def test_numbers_are_brought_into_their_range() -> None:
    """From 50 to 500, also what is no number at all."""
    for number, enough in ((1, 50), (9_000, 500), (float("nan"), 500)):
        text = arriving(number)
        text.add("x" * (enough - 7) + " end. ")
        assert taken(text) == []
        text.add("So. ")
        assert len(taken(text)) == 1


def test_early_is_as_soon_as_there_is_a_little() -> None:
    """Fifty characters, whatever the schedule says."""
    text = arriving(400)
    text.add(TALE[:45], early=True)
    assert taken(text) == []
    text.add(TALE[45:58], early=True)
    assert taken(text) == [TALE[:58]]


def test_a_title_ends_no_sentence() -> None:
    """Nor does a number that may go on."""
    for end in ("and there came Dr. ", "and it cost 3."):
        text = arriving(50)
        text.add("The lamps are lit at dusk along the whole of the quay, " + end)
        assert taken(text) == []


def test_a_long_sentence_is_cut_at_a_clause() -> None:
    """When its end hasn't come for long enough."""
    text = arriving(50)
    text.add("the lamps are lit, and somebody walks along the quay, " * 2)
    assert taken(text) == []
    text.add("the lamps are lit, and somebody walks along the quay, and so it goes")
    (stretch,) = taken(text)
    assert stretch.endswith("quay, ")


def test_flush_takes_all_that_is_there() -> None:
    """In stretches of at most 500 characters."""
    text = arriving()
    text.add("One", flush=True)
    assert taken(text) == ["One"]
    text.add(TALE * 10, flush=True)
    stretches = taken(text)
    assert "".join(stretches) == TALE * 10
    assert max(map(len, stretches)) <= 500


def test_at_once_takes_everything_as_it_comes() -> None:
    """As if each message were flushed."""
    text = arriving(at_once=True)
    text.add("One. ")
    assert taken(text) == ["One. "]


def test_the_end_takes_the_rest() -> None:
    """And then it is over."""
    text = arriving()
    text.add("One")
    text.end()
    assert not text.is_over
    assert taken(text) == ["One"]
    assert text.is_over


@pytest.mark.parametrize("silent", [" ", "\n\n", "\u200b \u00ad", " " * 2_000])
def test_silence_is_no_stretch(silent: str) -> None:
    """What can't be heard is neither due nor kept waiting for."""
    text = arriving(at_once=True)
    for _ in range(3):
        text.add(silent)
    text.end()
    assert taken(text) == []
    assert text.is_over


def test_space_between_words_stays() -> None:
    """Wherever one message ends and the next begins."""
    text = arriving(at_once=True)
    text.add("One")
    text.add(" two")
    assert taken(text) == ["One two"]


def test_one_text_has_an_end() -> None:
    """More than may come is refused, silence included."""
    text = arriving(max_characters=10)
    text.add("0123456789")
    with pytest.raises(TextTooLong, match="10 characters"):
        text.add(" ")
