"""Which part of a file a Range header asks for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rhapsode.api.ranges import ByteRange, RangeNotSatisfiable, find_range, unsatisfied_range

CONTENT = bytes(range(256)) * 3
SIZE = len(CONTENT)


@pytest.mark.parametrize(
    ("header", "part"),
    [
        ("bytes=0-0", ByteRange(0, 1)),
        ("bytes=0-", ByteRange(0, SIZE)),
        ("bytes=5-9", ByteRange(5, 10)),
        ("bytes=700-99999999999999999999", ByteRange(700, SIZE)),
        ("bytes=-1", ByteRange(SIZE - 1, SIZE)),
        ("bytes=-9999", ByteRange(0, SIZE)),
        ("BYTES=5-9", ByteRange(5, 10)),
        ("bytes= 5-9\t", ByteRange(5, 10)),
        ("bytes=,5-9,,", ByteRange(5, 10)),
        ("bytes=005-0009", ByteRange(5, 10)),
    ],
)
def test_one_range_is_a_part(header: str, part: ByteRange) -> None:
    """With an end, without one, or counted from the end; as far as the file goes."""
    assert find_range(header, SIZE) == part


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "bytes",
        "bytes=",
        "bytes=-",
        "bytes=9-5",
        "bytes=five-nine",
        "bytes=5-9-12",
        "bytes=+5-9",
        "bytes=5 -9",
        "bytes=٥-٩",
        "bytes=0-" + "9" * 5000,
        "lines=5-9",
        "items=0-0",
        "bytes =5-9",
        "bytes=0-1,5-9",
        "bytes=0-1, 99999-",
        "bytes=" + "0-," * 5000,
    ],
)
def test_all_else_asks_for_the_whole(header: str | None) -> None:
    """Other units, several ranges, and what isn't as the standard has it."""
    assert find_range(header, SIZE) is None


@pytest.mark.parametrize("header", [f"bytes={SIZE}-", f"bytes={SIZE}-{SIZE + 5}", "bytes=-0"])
def test_nothing_of_the_file_is_refused(header: str) -> None:
    """With the size, so that the client can ask better."""
    with pytest.raises(RangeNotSatisfiable):
        find_range(header, SIZE)
    assert unsatisfied_range(SIZE) == f"bytes */{SIZE}"


@pytest.mark.parametrize("header", ["bytes=0-", "bytes=-5"])
def test_an_empty_file_has_no_part(header: str) -> None:
    """Whatever is asked of it."""
    with pytest.raises(RangeNotSatisfiable):
        find_range(header, 0)


@given(first=st.integers(0, 2 * SIZE), last=st.none() | st.integers(0, 2 * SIZE))
def test_ranges_are_slices(first: int, last: int | None) -> None:
    """What Python's slices of a file say of the same numbers."""
    header = f"bytes={first}-{'' if last is None else last}"
    wanted = CONTENT[first:] if last is None else CONTENT[first : last + 1]
    try:
        part = find_range(header, SIZE)
    except RangeNotSatisfiable:
        assert first >= SIZE
        return
    if part is None:
        assert last is not None
        assert last < first
    else:
        assert CONTENT[part.start : part.end] == wanted
        assert part.size_bytes == len(wanted)
        assert part.content_range(SIZE) == f"bytes {first}-{first + len(wanted) - 1}/{SIZE}"


@given(st.text(alphabet="bytes=0123456789-, \t", max_size=40), st.integers(0, 20))
def test_a_part_is_never_empty_or_outside(header: str, size_bytes: int) -> None:
    """Whatever is sent."""
    try:
        part = find_range(header, size_bytes)
    except RangeNotSatisfiable:
        return
    assert part is None or 0 <= part.start < part.end <= size_bytes
