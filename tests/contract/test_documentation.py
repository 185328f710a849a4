"""The documentation and the OpenAPI document as a server serves them."""

import json
from typing import Any

import httpx
import pytest
from schemathesis.specs.openapi.definitions import OPENAPI_31_VALIDATOR

from .published import contract

_HTML = {"accept": "text/html,*/*;q=0.8"}
_PAGES = ["/docs", "/docs/introduction", "/docs/compatibility", "/docs/api-reference/history/list"]


@pytest.fixture
def document(anonymous: httpx.Client) -> Any:
    """The server's own OpenAPI document, which needs no key."""
    return anonymous.get("/openapi.json").raise_for_status().json()


def test_the_document_is_openapi(document: Any) -> None:
    """The document is valid OpenAPI 3.1, and everything that it refers to is in it."""
    assert document["openapi"].startswith("3.1")
    assert not [error.message for error in OPENAPI_31_VALIDATOR.iter_errors(document)]
    references = json.dumps(document).split('"$ref": "')[1:]
    names = {reference.partition('"')[0] for reference in references}
    assert names <= {f"#/components/schemas/{name}" for name in document["components"]["schemas"]}


def test_the_document_has_every_operation_by_its_name(document: Any) -> None:
    """Each operation of the contract that is served has the contract's id; no id is there twice."""
    ids = [
        operation["operationId"] for methods in document["paths"].values() for operation in methods.values()
    ]
    assert len(set(ids)) == len(ids)
    published = contract()
    if published is not None:
        wanted = {each["operationId"] for methods in published["paths"].values() for each in methods.values()}
        assert wanted <= set(ids)


def test_the_document_tells_the_errors(document: Any) -> None:
    """Every operation says what it answers without a key, and every answer but a 422 in which body."""
    for methods in document["paths"].values():
        for operation in methods.values():
            for status, answer in operation["responses"].items():
                if int(status) >= 400 and status != "422":
                    schema = answer["content"]["application/json"]["schema"]
                    assert "Error" in json.dumps(schema) or status == "400"
            assert {"401", "500", "503"} <= set(operation["responses"])
            assert operation["summary"]
            assert operation["description"]
            assert "Source:" not in operation["description"]


@pytest.mark.parametrize("path", _PAGES)
def test_pages_are_for_everybody(anonymous: httpx.Client, path: str) -> None:
    """A page needs no key, and lets a browser fetch its style and nothing else."""
    page = anonymous.get(path, headers=_HTML)
    assert page.status_code == 200
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert "script-src" not in page.headers["content-security-policy"]
    assert anonymous.head(path).headers["etag"] == page.headers["etag"]
    style = anonymous.get("/docs/style.css")
    assert style.headers["content-type"].startswith("text/css")


@pytest.mark.parametrize("path", _PAGES)
def test_pages_are_markdown_too(anonymous: httpx.Client, path: str) -> None:
    """With .md behind its address, a page is what its HTML was made of."""
    text = anonymous.get(f"{path}.md")
    assert text.headers["content-type"] == "text/markdown; charset=utf-8"
    assert text.text.startswith("# ")
    assert text.text in anonymous.get("/llms-full.txt").text


def test_lists_for_programs(anonymous: httpx.Client) -> None:
    """The list names every page; behind an address it names the pages there, each of which is there."""
    everything = anonymous.get("/llms.txt").text
    assert anonymous.get("/docs/llms.txt").text == everything
    below = anonymous.get("/docs/api-reference/history/llms.txt").text
    links = [
        line.partition("](")[2].partition(")")[0] for line in below.splitlines() if line.startswith("- ")
    ]
    assert len(links) == 5
    assert all(link in everything and anonymous.get(link).status_code == 200 for link in links)


def test_what_a_browser_has_is_not_sent_again(anonymous: httpx.Client) -> None:
    """A page that hasn't changed is 304 without a body."""
    tag = anonymous.get("/docs").headers["etag"]
    again = anonymous.get("/docs", headers={"if-none-match": f'"other", W/{tag}'})
    assert (again.status_code, again.content) == (304, b"")


def test_compatibility_links_its_operations(anonymous: httpx.Client) -> None:
    """The list of operations leads to the page of each."""
    text = anonymous.get("/docs/compatibility.md").text
    assert "| [`GET /v1/history`](/docs/api-reference/history/list) |" in text


def test_a_page_that_is_not_there(anonymous: httpx.Client) -> None:
    """A program is told 404 as everywhere; so is who asks for the list of nothing."""
    for path in ("/docs/nothing", "/docs/", "/docs/nothing.md", "/docs/nothing/llms.txt"):
        missing = anonymous.get(path)
        assert (missing.status_code, missing.json()) == (404, {"detail": "Not Found"})
