import time

import pytest

from rhapsode.text.pauses import (
    MAX_BREAK_MS,
    find_breaks,
    is_pause,
    pause_character,
    pause_ms_of,
    split_at_pauses,
    without_breaks,
)


@pytest.mark.parametrize(
    ("tag", "pause_ms"),
    [
        ('<break time="1.5s"/>', 1500),
        ('<break time="1.5s" />', 1500),
        ('<break time="1.5s">', 1500),
        ('<break time="1.5s"></break>', 1500),
        ('<break  time = " 750 ms " / >', 750),
        ("<break time='2s'/>", 2000),
        ("<break time=2s/>", 2000),
        ("<break time=“.25s”/>", 250),
        ('<BREAK TIME="1S"/>', 1000),
        ('<break\ntime="1.s"/>', 1000),
        ('<break time="0s"/>', 0),
        ('<break time="0.0004s"/>', 0),
        ('<break time="3.2s"/>', MAX_BREAK_MS),
        ('<break time="999999999s"/>', MAX_BREAK_MS),
    ],
)
def test_a_tag_asks_for_a_pause(tag: str, pause_ms: int) -> None:
    """In seconds or milliseconds, however it is quoted and closed, and for three seconds at most."""
    (found,) = find_breaks(f"One. {tag} Two.")
    assert (found.start, found.end, found.pause_ms) == (5, 5 + len(tag), pause_ms)


@pytest.mark.parametrize(
    "text",
    [
        "<break/>",
        "<break time/>",
        '<break time=""/>',
        '<break time="s"/>',
        '<break time="-1s"/>',
        '<break time="1,5s"/>',
        '<break time="1.5"/>',
        '<break time="1.5 minutes"/>',
        '<break time="1.5s/>',
        '<break time=1.5s"/>',
        '<break time="1.5s"',
        '<break strength="strong"/>',
        '<break strength="strong" time="1s"/>',
        '<breaktime="1s"/>',
        '< break time="1s"/>',
        '<break time="1.5.1s"/>',
        '<break time="1e3s"/>',
        "a < b > c",
    ],
)
def test_what_is_malformed_is_text(text: str) -> None:
    """It asks for nothing."""
    assert list(find_breaks(text)) == []


def test_tags_follow_each_other() -> None:
    """Each is found, in order and apart."""
    tag = '<break time="1s"/>'
    assert [(b.start, b.end) for b in find_breaks(tag * 3)] == [(0, 18), (18, 36), (36, 54)]


def test_what_is_read_has_no_tags() -> None:
    """And all else stays in its place."""
    assert without_breaks('One. <break time="1s"/> Two <break>.') == "One. " + " " * 18 + " Two <break>."


def test_a_pause_is_a_character_that_says_how_long_it_is() -> None:
    """From nothing to three seconds."""
    for pause_ms in (0, 1, 1500, MAX_BREAK_MS):
        character = pause_character(pause_ms)
        assert len(character) == 1
        assert is_pause(character)
        assert pause_ms_of(character) == pause_ms
    assert not any(map(is_pause, ("a", " ", "\ue000", chr(ord(pause_character(MAX_BREAK_MS)) + 1))))


def test_a_text_falls_apart_at_its_pauses() -> None:
    """Nothing is lost, and no piece is empty."""
    pause = pause_character(1500)
    assert split_at_pauses(f"{pause}One.{pause}{pause} Two.") == [pause, "One.", pause, pause, " Two."]
    assert split_at_pauses("One.") == ["One."]
    assert split_at_pauses("") == []


def test_tags_that_never_end_take_no_time() -> None:
    """The search is linear in what is malformed."""
    started_at_s = time.process_time()
    for text in ("<break time=" * 20_000, "<break" + " " * 100_000, '<break time="' + "1" * 100_000):
        assert list(find_breaks(text)) == []
    assert time.process_time() - started_at_s < 1
