"""The Studio page as a server serves it. What it does in a browser is tested in `tests/page`."""

import gzip
import re

import httpx
import pytest


@pytest.fixture
def html(anonymous: httpx.Client) -> str:
    """The page, which needs no key."""
    return anonymous.get("/").raise_for_status().text


def addresses(html: str) -> list[str]:
    """What the page asks for by itself."""
    return re.findall(r'(?:src|href)="\./(assets/[^"]+)"', html)


def test_the_page_names_nothing_but_its_own_files(anonymous: httpx.Client, html: str) -> None:
    """Scripts and styles are files of this server, none is in the page, and another content has another name."""
    assert {name.rpartition(".")[2] for name in addresses(html)} >= {"js", "css"}
    assert re.findall(r"<script[^>]*>(.+?)</script>|<style|\sstyle=|\son\w+=|https?://", html) == []
    for name in addresses(html):
        asset = anonymous.get(f"/{name}").raise_for_status()
        assert "immutable" in asset.headers["cache-control"]
        assert asset.headers["x-content-type-options"] == "nosniff"


def test_the_policy_allows_the_page_and_nothing_else(anonymous: httpx.Client) -> None:
    """No script, style or frame of another place, no code in texts, and no other site shows the page in a frame."""
    headers = anonymous.get("/").headers
    policy = dict(part.partition(" ")[::2] for part in headers["content-security-policy"].split("; "))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == policy["connect-src"] == "'self'"
    assert policy["require-trusted-types-for"] == "'script'"
    assert policy["frame-ancestors"] == "'none'"
    assert headers["cross-origin-opener-policy"] == "same-origin"


@pytest.mark.parametrize(
    ("accepted", "encoding"),
    [("gzip, deflate, br", "br"), ("gzip", "gzip"), ("br;q=0, gzip", "gzip"), ("identity", None), ("", None)],
)
def test_files_are_sent_as_small_as_the_client_takes_them(
    anonymous: httpx.Client, html: str, accepted: str, encoding: str | None
) -> None:
    """Each was compressed when the page was built; caches keep the forms apart."""
    script = next(name for name in addresses(html) if name.endswith(".js"))
    with anonymous.stream("GET", f"/{script}", headers={"accept-encoding": accepted}) as answer:
        sent = b"".join(answer.iter_raw())
    assert answer.headers.get("content-encoding") == encoding
    assert "accept-encoding" in answer.headers["vary"].lower()
    if encoding == "gzip":
        assert gzip.decompress(sent) == anonymous.get(f"/{script}", headers={"accept-encoding": ""}).content


def test_the_page_is_asked_for_anew_and_sent_when_it_is_another(anonymous: httpx.Client) -> None:
    """A new version is seen at once; the same one costs a few bytes."""
    first = anonymous.get("/")
    assert first.headers["cache-control"] == "no-cache"
    again = anonymous.get("/", headers={"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert anonymous.head("/").headers["etag"] == first.headers["etag"]


@pytest.mark.parametrize(
    "name",
    ["nothing.js", "..%2Findex.html", "%2e%2e%2f__init__.py", "index.html", ".js", "a" * 300],
)
def test_what_isnt_of_the_page_isnt_there(anonymous: httpx.Client, name: str) -> None:
    """Neither by another name nor through another folder."""
    assert anonymous.get(f"/assets/{name}").status_code == 404
