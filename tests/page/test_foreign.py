"""Pages of other sites, and names that were made to lead here: what the page asks for does nothing for them."""

import httpx
import pytest
from tests.browsers import ELSEWHERE

from .books import make_book
from .windows import Server

pytestmark = pytest.mark.slow

FOREIGN = (
    {"origin": f"http://{ELSEWHERE}", "sec-fetch-site": "cross-site"},
    {"origin": "http://127.0.0.1:9", "sec-fetch-site": "same-site"},
    {"origin": "null"},
    {"host": f"{ELSEWHERE}:8000"},
    {"host": f"{ELSEWHERE}:8000", "origin": f"http://{ELSEWHERE}:8000", "sec-fetch-site": "same-origin"},
)
"""Headers with which a browser sends requests that others have made it send, or that go to another name."""


@pytest.mark.parametrize("headers", FOREIGN, ids=["site", "port", "frame", "name", "name-of-its-own"])
def test_a_session_opens_nothing_for_others(server: Server, headers: dict[str, str]) -> None:
    """Neither what edits, nor what reads or tells of what happens; the page itself may do all of it."""
    book = make_book(server, "Nobody else's")
    block = book.content()["blocks"][0]
    was = {"sub_type": "p", "nodes": block["nodes"]}
    edit = {"op": "delete", "block_id": block["block_id"], "was": was}
    chapter = f"{book.own_path}/chapters/{book.chapter_ids[0]}"
    asked = (
        ("PATCH", f"{chapter}/content", {"edits": [edit]}),
        ("GET", f"{chapter}/content", None),
        ("PUT", f"{book.own_path}/chapters/order", {"chapter_ids": book.chapter_ids[::-1]}),
        ("POST", f"{book.own_path}/cancel", None),
        ("GET", f"{book.own_path}/events", None),
        ("GET", "/rhapsode/v1/events", None),
        ("GET", "/rhapsode/v1/system", None),
        ("DELETE", "/rhapsode/v1/session", None),
    )
    before = book.content()
    with httpx.Client(base_url=server.url, trust_env=False) as browser:
        own = {"origin": server.url, "sec-fetch-site": "same-origin"}
        browser.post("/rhapsode/v1/session", headers={"xi-api-key": server.key} | own).raise_for_status()
        answered = {
            path: browser.request(method, path, json=json, headers=headers).status_code
            for method, path, json in asked
        }
        assert set(answered.values()) == {403}, answered
        assert browser.get(f"{chapter}/content", headers=own).json() == before
        assert browser.patch(f"{chapter}/content", json={"edits": [edit]}, headers=own).status_code == 200
