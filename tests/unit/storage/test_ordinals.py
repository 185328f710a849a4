"""Ordinals leave room, so that one more moves no others."""

import pytest

from rhapsode.storage.ordinals import evenly_placed, fitted


@pytest.mark.parametrize(
    "known",
    [[], [None], [None, 0], [0, None], [5, None, None, 2000, None], [None, 7, None, 1024, 2048, None]],
)
def test_what_is_new_comes_between_its_neighbours(known: list[int | None]) -> None:
    """The others keep theirs."""
    numbers = fitted(known)

    assert numbers == sorted(set(numbers))
    kept = [(number, before) for number, before in zip(numbers, known, strict=True) if before is not None]
    assert all(number == before for number, before in kept)


def test_where_no_room_is_left_all_are_new() -> None:
    """As where an older version gave them, one behind the other."""
    assert fitted([0, None, 1, 2]) == list(evenly_placed(4))
    assert fitted([2**30 - 1, None]) == list(evenly_placed(2))
    assert fitted([0, 0]) == list(evenly_placed(2))


def test_dozens_are_added_before_room_is_made() -> None:
    """As paragraphs are typed, one behind the other."""
    numbers = list(evenly_placed(2))
    for _ in range(30):
        first, *others, last = numbers
        numbers = fitted([first, *others, None, last])
        assert numbers[0] == first
        assert numbers[-1] == last
    assert len(set(numbers)) == 32
