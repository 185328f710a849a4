"""Bodies of JSON are bounded before they are parsed."""

import pytest

from rhapsode.api.content_models import read_content_json
from rhapsode.api.json_body import read_json
from rhapsode.studio.errors import InvalidInput
from rhapsode.studio.limits import MAX_CONTENT_JSON_CONTAINERS, MAX_JSON_CONTAINERS


def test_values_are_read() -> None:
    """With the mark that some programs put before UTF-8, and without."""
    assert (
        read_json(b'\xef\xbb\xbf{"text": "\xc3\xa9"}') == read_json(rb'{"text": "\u00e9"}') == {"text": "é"}
    )


@pytest.mark.parametrize("bracket", [b"[]", b"{}"])
def test_only_so_many_objects_and_arrays_are_read(bracket: bytes) -> None:
    """One more is refused; a parser would keep all other requests waiting for them."""
    read_json(b"[" + b",".join([bracket] * (MAX_JSON_CONTAINERS - 1)) + b"]")

    with pytest.raises(InvalidInput, match="200,001 opening brackets"):
        read_json(b"[" + b",".join([bracket] * MAX_JSON_CONTAINERS) + b"]")


def test_only_so_many_of_a_text_of_content_are_read() -> None:
    """Whatever it would be found to be."""
    with pytest.raises(InvalidInput, match="from_content_json has 500,001 opening brackets"):
        read_content_json("[" + ",".join(["{}"] * MAX_CONTENT_JSON_CONTAINERS) + "]")
