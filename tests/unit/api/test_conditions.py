"""Conditions of a request, in the order that RFC 9110 gives them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.datastructures import Headers

from rhapsode.api.conditions import Validators, find_refusal, may_continue, names_tag

ETAG = '"0a1b"'
NOW = Validators(ETAG, 784_111_777)
DATE, BEFORE, AFTER = (f"Sun, 06 Nov 1994 08:49:{second} GMT" for second in (37, 36, 38))
OTHER = '"9f"'


def headers_of(*pairs: tuple[str, str]) -> Headers:
    """As a request has them."""
    return Headers(raw=[(name.encode(), value.encode("latin-1")) for name, value in pairs])


@pytest.mark.parametrize(
    ("pairs", "status"),
    [
        ([], None),
        # If-Match compares strongly.
        ([("if-match", ETAG)], None),
        ([("if-match", f"{OTHER}, {ETAG}")], None),
        ([("if-match", OTHER), ("if-match", ETAG)], None),
        ([("if-match", "*")], None),
        ([("if-match", OTHER)], 412),
        ([("if-match", f"W/{ETAG}")], 412),
        ([("if-match", "")], 412),
        # A date counts where there is no tag.
        ([("if-unmodified-since", DATE)], None),
        ([("if-unmodified-since", AFTER)], None),
        ([("if-unmodified-since", BEFORE)], 412),
        ([("if-unmodified-since", BEFORE), ("if-match", ETAG)], None),
        # If-None-Match compares names alone.
        ([("if-none-match", ETAG)], 304),
        ([("if-none-match", f"W/{ETAG}")], 304),
        ([("if-none-match", f'{OTHER} , W/"x,y" ,{ETAG}')], 304),
        ([("if-none-match", "*")], 304),
        ([("if-none-match", OTHER)], None),
        ([("if-none-match", f'"a,{ETAG[1:-1]},b"')], None),
        ([("if-none-match", ETAG[1:-1])], None),
        ([("if-modified-since", DATE)], 304),
        ([("if-modified-since", AFTER)], 304),
        ([("if-modified-since", BEFORE)], None),
        ([("if-modified-since", AFTER), ("if-none-match", OTHER)], None),
        # What is known already is refused where it was meant for something else.
        ([("if-match", OTHER), ("if-none-match", ETAG)], 412),
        ([("if-match", ETAG), ("if-none-match", ETAG)], 304),
        # The older forms of a date, and what is none.
        ([("if-modified-since", "Sunday, 06-Nov-94 08:49:37 GMT")], 304),
        ([("if-modified-since", "Sun Nov  6 08:49:37 1994")], 304),
        ([("if-modified-since", "yesterday")], None),
        ([("if-modified-since", "")], None),
        ([("if-modified-since", "Sun, 06 Nov 99999 08:49:37 GMT")], None),
        ([("if-modified-since", " " * 60_000)], None),
        ([("if-modified-since", AFTER), ("if-modified-since", AFTER)], None),
        ([("if-unmodified-since", "0")], None),
    ],
)
def test_conditions_decide_in_their_order(pairs: list[tuple[str, str]], status: int | None) -> None:
    """Tags before dates, and what forbids before what saves."""
    assert find_refusal(headers_of(*pairs), NOW) == status


@pytest.mark.parametrize(
    ("told", "continues"),
    [
        ([], True),
        ([ETAG], True),
        ([f" {ETAG} "], True),
        ([DATE], True),
        ([OTHER], False),
        ([f"W/{ETAG}"], False),
        ([AFTER], False),
        ([BEFORE], False),
        (["*"], False),
        (["nonsense"], False),
        ([ETAG, ETAG], False),
    ],
)
def test_a_part_is_joined_to_the_same_bytes_alone(told: list[str], continues: bool) -> None:
    """By the tag, or by the very date that was told."""
    assert may_continue(headers_of(*(("if-range", each) for each in told)), NOW) is continues


def test_the_date_is_told_as_http_has_it() -> None:
    """In whole seconds, of Greenwich."""
    assert NOW.last_modified == DATE


_TAGS = st.text(st.characters(codec="latin-1", exclude_characters='"\x00\r\n \t\x7f'), max_size=5).map(
    lambda name: "".join(character for character in name if character > " ")
)


@given(st.lists(_TAGS, max_size=6), _TAGS, st.booleans())
def test_a_list_has_the_tags_that_were_put_in(names: list[str], name: str, is_weak: bool) -> None:
    """Commas in a tag don't end it."""
    listed = ", ".join(f'{"W/" if is_weak else ""}"{each}"' for each in names)
    assert names_tag([listed], f'"{name}"') is (name in names)
    assert names_tag([listed], f'"{name}"', is_strong=True) is (name in names and not is_weak)


@given(st.text(st.characters(codec="latin-1"), max_size=64))
def test_no_header_surprises(value: str) -> None:
    """Whatever stands in it, there is an answer."""
    for name in ("if-match", "if-none-match", "if-modified-since", "if-unmodified-since", "if-range"):
        headers = headers_of((name, value))
        assert find_refusal(headers, NOW) in (None, 304, 412)
        assert may_continue(headers, NOW) in (True, False)
