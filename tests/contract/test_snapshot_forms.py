"""In which form a snapshot's details and words are sent: as they are, with gzip, or not at all."""

import gzip

import httpx
import pytest

from .journeys import Narrated


def paths(tides: Narrated) -> list[str]:
    """A project's snapshot, and a chapter's."""
    return [tides.snapshot, tides.chapters()[0][0]]


def get(tides: Narrated, path: str, accept: str | None, **headers: str) -> httpx.Response:
    """The answer with its bytes as they were sent."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    request = tides.http.build_request("GET", path, headers=named)
    request.headers.pop("accept-encoding", None)
    if accept is not None:
        request.headers["accept-encoding"] = accept
    response = tides.http.send(request, stream=True)
    response.read_raw = b"".join(response.iter_raw())  # type: ignore[attr-defined]
    return response


def sent(response: httpx.Response) -> bytes:
    content: bytes = response.read_raw  # type: ignore[attr-defined]
    return content


@pytest.mark.parametrize("accept", ["gzip", "deflate, gzip;q=0.5", "*", "x-gzip", "br;q=1.0, GZIP ; q=0.001"])
def test_gzip_is_the_same_bytes(tides: Narrated, accept: str) -> None:
    """For every client that takes it, each time the same."""
    for path in paths(tides):
        packed, plain = get(tides, path, accept), get(tides, path, None)
        assert packed.headers["content-encoding"] == "gzip"
        assert gzip.decompress(sent(packed)) == sent(plain)
        assert sent(get(tides, path, accept)) == sent(packed)


@pytest.mark.parametrize("accept", [None, "", "identity", "br", "gzip;q=0", "*;q=0.000", "gzip;q=0, *"])
def test_who_takes_no_gzip_gets_none(tides: Narrated, accept: str | None) -> None:
    """Also where the header says nothing."""
    for path in paths(tides):
        response = get(tides, path, accept)
        assert "content-encoding" not in response.headers
        assert sent(response).startswith(b"{")


def test_each_form_has_a_tag_of_its_own(tides: Narrated) -> None:
    """A strong one; a cache is told what it depends on, and to ask each time."""
    tags = set()
    for path in paths(tides):
        for accept in (None, "gzip"):
            response = get(tides, path, accept)
            assert response.headers["vary"] == "Accept-Encoding"
            assert response.headers["cache-control"] == "private, no-cache"
            tags.add(response.headers["etag"])
    assert len(tags) == 4
    assert all(tag.startswith('"') and tag.endswith('"') for tag in tags)


@pytest.mark.parametrize("condition", ["{}", "W/{}", '"other", {}', "*"])
def test_what_a_client_has_is_not_sent_again(tides: Narrated, condition: str) -> None:
    """304 without a body, and with the tag."""
    for path in paths(tides):
        for accept in (None, "gzip"):
            etag = get(tides, path, accept).headers["etag"]
            response = get(tides, path, accept, if_none_match=condition.format(etag))
            assert (response.status_code, sent(response)) == (304, b"")
            assert response.headers["etag"] == etag
            assert response.headers["vary"] == "Accept-Encoding"


def test_another_form_is_sent(tides: Narrated) -> None:
    """Who has the bytes with gzip hasn't those without; what is absent is absent, whatever a client has."""
    for path in paths(tides):
        packed = get(tides, path, "gzip").headers["etag"]
        assert get(tides, path, None, if_none_match=packed).status_code == 200
        assert get(tides, path, "gzip", if_none_match='"other"').status_code == 200
    assert get(tides, f"{tides.snapshots}/absent", None, if_none_match="*").status_code == 404


def test_words_have_the_forms_of_their_snapshots(tides: Narrated) -> None:
    """With gzip to who takes it, and not again to who has them."""
    for path in paths(tides):
        packed, plain = (get(tides, f"/rhapsode{path}/words", accept) for accept in ("gzip", None))
        assert gzip.decompress(sent(packed)) == sent(plain)
        known = get(tides, f"/rhapsode{path}/words", "gzip", if_none_match=packed.headers["etag"])
        assert (known.status_code, sent(known)) == (304, b"")
