"""Every file by GET: in parts, gone on with, and not sent again to who has it. Source: RFC 9110."""

import http.client
import random
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from elevenlabs import ElevenLabs
from tests.rounds import rounds

from .asking import NO_AUTHORITIES, raw_http
from .files import DOWNLOAD, NAMES, Files, make_files
from .journeys import HARBOUR, error_of, narrated
from .running import LiveServer, in_new_workspaces
from .speaking import speak

RANGES = rounds(100, 1_000)
OTHER_TAG = '"0123456789abcdef0123456789abcdef"'


@dataclass(frozen=True)
class Shelf:
    """A server's files, and who asks for them."""

    server: LiveServer
    http: httpx.Client
    files: Files

    def get(self, name: str, **headers: str) -> httpx.Response:
        """A file, asked for with headers whose names have underscores here."""
        sent = {header.replace("_", "-"): value for header, value in headers.items()}
        return self.http.get(self.files.by_name[name], headers=sent)


@pytest.fixture(scope="module")
def shelf(shared_server: LiveServer) -> Iterator[Shelf]:
    """Files for all tests of this module, which only read them."""
    for server in in_new_workspaces(shared_server):
        with raw_http(server.url, server.key) as http, httpx.Client(verify=NO_AUTHORITIES) as connections:
            client = ElevenLabs(base_url=server.url, api_key=server.key, httpx_client=connections)
            files = make_files(client, http, HARBOUR, ("The lamp was lit.", "Nobody saw it."))
            yield Shelf(server, http, files)


# --- The whole file ---


@pytest.mark.parametrize("name", NAMES)
def test_a_file_says_what_it_is(shelf: Shelf, name: str) -> None:
    """Its exact size, a strong tag, a date, and that parts of it can be had; twice, it is the same."""
    response = shelf.get(name)
    assert response.status_code == 200
    assert int(response.headers["content-length"]) == len(response.content) > 1_000
    assert response.headers["accept-ranges"] == "bytes"
    assert response.headers["etag"].startswith('"')
    assert parsedate_to_datetime(response.headers["last-modified"]).year >= 2026
    assert response.headers["cache-control"] == "private, no-cache"
    assert response.headers["x-content-type-options"] == "nosniff"
    disposition = "inline" if name == "player" else "attachment"
    assert response.headers["content-disposition"].startswith(f"{disposition}; filename=")
    assert response.headers["content-type"] in ("audio/wav", "audio/mpeg", "application/zip")
    again = shelf.get(name)
    assert (again.content, again.headers["etag"]) == (response.content, response.headers["etag"])


@pytest.mark.parametrize("name", [name for name in NAMES if name != "newest audio"])
def test_head_says_the_same_without_the_bytes(shelf: Shelf, name: str) -> None:
    """Every header but those that differ with each request; also where a part is asked for, which is GET's alone."""
    whole = shelf.get(name)
    for headers in ({}, {"range": "bytes=0-0"}):
        head = shelf.http.head(shelf.files.by_name[name], headers=headers)
        assert (head.status_code, head.content) == (200, b"")
        own = {"date", "request-id", "x-trace-id"}
        assert {k: v for k, v in head.headers.items() if k not in own} == {
            k: v for k, v in whole.headers.items() if k not in own
        }


def test_tags_differ_where_bytes_do(shelf: Shelf) -> None:
    """And are the same where they don't: the newest audio is the snapshot's, and so is the player's."""
    answers = [shelf.get(name) for name in NAMES]
    assert len({each.headers["etag"] for each in answers}) == len({each.content for each in answers})


# --- By POST, and then by GET ---


def posts(shelf: Shelf) -> Iterator[tuple[str, str, Any]]:
    """(name, path, body) of what is asked for by POST."""
    one, other = shelf.files.item_ids
    for name in ("project audio", "archive", "archive with report", "chapter audio"):
        yield name, shelf.files.by_name[name], None
    mp3 = shelf.files.by_name["project audio as mp3"]
    yield "project audio as mp3", mp3.partition("?")[0], {"convert_to_mpeg": True}
    yield "history audio", DOWNLOAD, {"history_item_ids": [one]}
    yield "history as wav", DOWNLOAD, {"history_item_ids": [one], "output_format": "wav"}
    yield "history items", DOWNLOAD, {"history_item_ids": [one, other]}
    yield "history items as wav", DOWNLOAD, {"history_item_ids": [one, other], "output_format": "wav"}


def test_a_post_tells_where_its_bytes_are_had_by_get(shelf: Shelf) -> None:
    """At the same address each time, with the same tag; the type there is the precise one."""
    for name, path, body in posts(shelf):
        posted, got = shelf.http.post(path, json=body), shelf.get(name)
        assert posted.headers["content-location"] == shelf.files.by_name[name]
        assert posted.content == got.content
        for header in ("etag", "last-modified", "content-length", "content-disposition", "accept-ranges"):
            assert posted.headers[header] == got.headers[header]


def test_a_post_is_answered_whole_whatever_it_says(shelf: Shelf) -> None:
    """A download isn't refused because its client has it, and a part of it is had by GET."""
    for name, path, body in posts(shelf):
        known = shelf.get(name).headers["etag"]
        wanted = {"if-none-match": known, "if-match": OTHER_TAG, "range": "bytes=999999999-"}
        posted = shelf.http.post(path, json=body, headers=wanted)
        assert posted.status_code == 200
        assert "content-range" not in posted.headers
        assert posted.headers["etag"] == known
        assert len(posted.content) == int(posted.headers["content-length"])


# --- Conditions ---


@pytest.mark.parametrize("name", NAMES)
def test_what_a_client_has_is_not_sent_again(shelf: Shelf, name: str) -> None:
    """By its tag, by its date, and also where a part is asked for; what it needs to keep it is said once more."""
    whole = shelf.get(name)
    tag, date = whole.headers["etag"], whole.headers["last-modified"]
    for headers in (
        {"if_none_match": tag},
        {"if_none_match": f'"x", W/{tag}', "range": "bytes=0-1"},
        {"if_modified_since": date},
    ):
        again = shelf.get(name, **headers)
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["etag"] == tag
        assert "content-length" not in again.headers
    assert shelf.get(name, if_none_match=OTHER_TAG).content == whole.content


@pytest.mark.parametrize("name", NAMES)
def test_what_was_meant_for_other_bytes_is_refused(shelf: Shelf, name: str) -> None:
    """In the shape of every error."""
    old = "Sun, 06 Nov 1994 08:49:37 GMT"
    for headers in ({"if_match": OTHER_TAG}, {"if_unmodified_since": old}):
        assert error_of(shelf.get(name, **headers)) == (412, "precondition_failed")
    assert shelf.get(name, if_match=shelf.get(name).headers["etag"]).status_code == 200


# --- Parts ---


@pytest.mark.parametrize("name", NAMES)
def test_any_part_can_be_had(shelf: Shelf, name: str) -> None:
    """From a place on, between two, and the end of it; joined to what is there, where it still fits that."""
    whole = shelf.get(name)
    content, tag, size = whole.content, whole.headers["etag"], len(whole.content)
    for wanted, start, end in (
        ("bytes=0-0", 0, 1),
        ("bytes=100-299", 100, 300),
        (f"bytes={size // 2}-", size // 2, size),
        ("bytes=-7", size - 7, size),
        (f"bytes={size - 1}-{size + 9}", size - 1, size),
    ):
        part = shelf.get(name, range=wanted, if_range=tag)
        assert part.status_code == 206
        assert part.content == content[start:end]
        assert part.headers["content-range"] == f"bytes {start}-{end - 1}/{size}"
        assert int(part.headers["content-length"]) == end - start
        assert part.headers["etag"] == tag
        assert part.headers["content-type"] == whole.headers["content-type"]


@pytest.mark.parametrize("name", NAMES)
def test_what_fits_no_part_is_the_whole(shelf: Shelf, name: str) -> None:
    """Other bytes by now, several parts at once, other units, and what can't be understood."""
    whole = shelf.get(name)
    for headers in (
        {"range": "bytes=5-", "if_range": OTHER_TAG},
        {"range": "bytes=5-", "if_range": f"W/{whole.headers['etag']}"},
        {"range": "bytes=0-1,5-9"},
        {"range": "words=0-1"},
        {"range": "bytes=9-5"},
    ):
        answer = shelf.get(name, **headers)
        assert (answer.status_code, answer.content) == (200, whole.content)


@pytest.mark.parametrize("name", NAMES)
def test_a_part_beyond_the_end_is_refused(shelf: Shelf, name: str) -> None:
    """With the size, in the shape of every error; to a client that has all of it this says that it is done."""
    size = len(shelf.get(name).content)
    refused = shelf.get(name, range=f"bytes={size}-")
    assert error_of(refused) == (416, "range_not_satisfiable")
    assert refused.headers["content-range"] == f"bytes */{size}"


def test_random_parts_are_slices(shelf: Shelf) -> None:
    """Of an archive, on one connection, whatever they begin and end in."""
    chance = random.Random(6)
    path = shelf.files.by_name["archive"]
    content = shelf.http.get(path).content
    address = urlsplit(shelf.server.url)
    with closing(http.client.HTTPConnection(str(address.hostname), address.port, timeout=30)) as connection:
        for _ in range(RANGES):
            start = chance.randrange(len(content))
            end = min(len(content), start + 1 + int(chance.expovariate(1 / 50_000)))
            wanted = {"xi-api-key": shelf.server.key, "range": f"bytes={start}-{end - 1}"}
            connection.request("GET", path, headers=wanted)
            assert connection.getresponse().read() == content[start:end], (start, end)


def test_the_parts_of_a_download_are_the_download(shelf: Shelf) -> None:
    """One after the other, as a player fetches them."""
    for name in NAMES:
        whole, received = shelf.get(name).content, b""
        while len(received) < len(whole):
            last = len(received) + len(whole) // 4
            received += shelf.get(name, range=f"bytes={len(received)}-{last}").content
        assert received == whole


def test_a_page_of_another_site_can_go_on_too(shelf: Shelf) -> None:
    """A browser lets it see which bytes it got, of which file, and what that is called."""
    part = shelf.get("archive", origin="https://example.org", range="bytes=0-9")
    shown = part.headers["access-control-expose-headers"].split(", ")
    assert {"etag", "content-range", "content-location", "content-disposition"} <= set(shown)


def test_files_are_their_workspaces_alone(shelf: Shelf) -> None:
    """A foreign address is as good as none, and nobody gets anything without a key but from a player."""
    with raw_http(shelf.server.url, shelf.server.other_key) as other, raw_http(shelf.server.url) as anonymous:
        for name in NAMES:
            address = shelf.files.by_name[name]
            wanted = (200, 200) if name == "player" else (404, 401)
            assert (other.get(address).status_code, anonymous.get(address).status_code) == wanted, name
            assert other.head(address).status_code in (wanted[0], 405), name


# --- Downloads of history ---


def test_a_download_is_its_workspaces_alone(shelf: Shelf) -> None:
    """A foreign address is as good as none."""
    path = shelf.files.by_name["history items"]
    absent = path[:-1] + ("0" if path[-1] != "0" else "1")
    with raw_http(shelf.server.url, shelf.server.other_key) as other:
        for response in (other.get(path), shelf.http.get(absent), other.get(absent)):
            assert error_of(response) == (404, "download_not_found")
    with raw_http(shelf.server.url) as anonymous:
        assert anonymous.get(path).status_code == 401


def test_order_and_format_make_another_download(shelf: Shelf) -> None:
    """The same again is the same."""
    one, other = shelf.files.item_ids
    asked = [[one, other], [other, one], [one, other, one]]
    addresses = [
        shelf.http.post(DOWNLOAD, json={"history_item_ids": ids}).headers["content-location"] for ids in asked
    ]
    assert addresses[0] == shelf.files.by_name["history items"]
    assert len({*addresses, shelf.files.by_name["history items as wav"]}) == 4


def test_a_download_ends_with_its_items(http: httpx.Client) -> None:
    """Once one is deleted, its address says what an unknown id does; the other item alone is there."""
    ids = [speak(http, "The lamp was lit."), speak(http, "Nobody saw it.")]
    for output_format in (None, "wav"):
        body = {"history_item_ids": ids, "output_format": output_format}
        address = http.post(DOWNLOAD, json=body).headers["content-location"]
        assert http.get(address).status_code == 200
        http.delete(f"/v1/history/{ids[1]}")
        assert error_of(http.get(address)) == (404, "history_item_not_found")
        ids[1] = speak(http, "Nobody saw it.")


def test_a_chapter_by_its_item(client: ElevenLabs, http: httpx.Client) -> None:
    """The history's file of a converted chapter can be had in parts too."""
    narrated(client)
    (item, *_) = http.get("/v1/history", params={"source": "Projects"}).json()["history"]
    address = http.post(DOWNLOAD, json={"history_item_ids": [item["history_item_id"]]}).headers[
        "content-location"
    ]
    assert address == f"/v1/history/{item['history_item_id']}/audio"
    whole = http.get(address).content
    assert http.get(address, headers={"range": "bytes=-100"}).content == whole[-100:]
