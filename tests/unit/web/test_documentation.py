"""The documentation that a server has of itself."""

import ast
import asyncio
import functools
import inspect
import json
import re
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from elevenlabs import ElevenLabs
from markdown_it import MarkdownIt

from rhapsode.access.rule import AccessRule
from rhapsode.api.addresses import Addresses
from rhapsode.api.context import Services
from rhapsode.api.field_words import FIELD_WORDS
from rhapsode.api.openapi_document import DescribedApp
from rhapsode.api.operation_names import NAMES
from rhapsode.api.server import create_app
from rhapsode.web.documentation import markup, routes
from rhapsode.web.documentation.samples import BODIES
from rhapsode.web.documentation.schemas import limits, type_words
from rhapsode.web.documentation.site import Page, Site, list_for_programs, make_site

_LINK = re.compile(r"\]\((/[^)\s]*|#[^)\s]*)\)")
_HTML_LINK = re.compile(r'(?:href|src)="([^"]*)"')


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    """The OpenAPI document of a server; nothing is asked of the server itself."""
    services: Any = SimpleNamespace(
        addresses=Addresses("http://127.0.0.1:8000"), running_downloads=None, records=None
    )
    wired: Services = services
    return create_app(wired, access=AccessRule(find_owner=lambda _secret: None)).openapi()


@pytest.fixture(scope="module")
def site(document: dict[str, Any]) -> Site:
    """All pages."""
    return make_site(document)


@pytest.fixture(scope="module")
def html_of(site: Site) -> Callable[[Page], str]:
    """A page as browsers are given it; each is made once for all tests here."""
    return functools.cache(functools.partial(markup.page_html, site))


def examples(site: Site, language: str) -> Iterator[tuple[Page, str]]:
    """Every example in a language, with its page."""
    for page in site.pages:
        for token in MarkdownIt().parse(page.markdown):
            if token.type == "fence" and token.info == language:
                yield page, token.content


def find_method(client: ElevenLabs, name: str) -> Any:
    """A method of the SDK by its dotted name."""
    found: Any = client
    for part in name.split("."):
        found = getattr(found, part)
    return found


def test_every_operation_has_a_page_of_its_own(document: dict[str, Any], site: Site) -> None:
    """There are as many pages of operations as operations, no two with the same address."""
    count = sum(len(methods) for methods in document["paths"].values())
    reference = [page for page in site.pages if page.path.startswith("/docs/api-reference/")]
    assert len({page.path for page in reference}) == len(reference) == count


def test_names_are_those_of_the_sdk() -> None:
    """Each operation is named by a method that the installed SDK has."""
    client = ElevenLabs(api_key="none")
    assert all(callable(find_method(client, names.sdk)) for names in NAMES.values())


def test_samples_are_of_operations() -> None:
    """No sample is left over from an operation that isn't there."""
    assert set(BODIES) <= {names.sdk for names in NAMES.values()}


def test_python_examples_are_calls_that_the_sdk_takes(site: Site) -> None:
    """Every example parses, and gives the method of its page arguments that it has."""
    client, count = ElevenLabs(api_key="none"), 0
    for page, source in examples(site, "python"):
        for call in (node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)):
            name = ast.unparse(call.func)
            if name.startswith("client."):
                arguments: list[Any] = [None] * len(call.args)
                named = {str(keyword.arg): None for keyword in call.keywords}
                inspect.signature(find_method(client, name.removeprefix("client."))).bind(*arguments, **named)
                count += page.path.startswith("/docs/api-reference/")
    assert count == len(NAMES)


def test_examples_send_what_must_be_sent(document: dict[str, Any]) -> None:
    """Each required field of a body is in the sample."""
    schemas = document["components"]["schemas"]
    for operation, names in NAMES.items():
        method, path = operation.split()
        body = document["paths"][path][method.lower()].get("requestBody", {})
        for content in body.get("content", {}).values():
            schema = content["schema"]
            whole = schemas[schema["$ref"].rpartition("/")[2]] if "$ref" in schema else schema
            assert set(whole.get("required", ())) <= set(BODIES.get(names.sdk, {})), operation


def test_links_lead_somewhere(site: Site, html_of: Callable[[Page], str]) -> None:
    """Every link of every page is of a page or an anchor that is there."""
    open_paths = {"/openapi.json", "/llms.txt", "/llms-full.txt"}
    for page in site.pages:
        for link in _LINK.findall(page.markdown):
            path, _, anchor = link.partition("#")
            target = site.find(path) if path else page
            assert target is not None or path in open_paths, f"{page.path}: {link}"
            if target is not None and anchor:
                assert f'id="{anchor}"' in html_of(target), f"{page.path}: {link}"


def test_pages_fetch_nothing_from_elsewhere(site: Site, html_of: Callable[[Page], str]) -> None:
    """A page has no script and no style of its own, and its only file is from the same server."""
    for page in site.pages:
        html = html_of(page)
        assert "<script" not in html
        assert "style=" not in html
        assert re.findall(r'<link rel="stylesheet" href="([^"]*)"', html) == ["/docs/style.css"]
        assert all(link.startswith(("/", "#", "http")) for link in _HTML_LINK.findall(html))


def test_a_person_is_shown_a_page_when_there_is_none() -> None:
    """A browser is answered 404 with the list of all pages."""

    async def ask() -> httpx.Response:
        app = DescribedApp()
        app.include_router(routes.router)
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://here") as client:
            return await client.get("/docs/<b>", headers={"accept": "text/html"})

    missing = asyncio.run(ask())
    assert (missing.status_code, missing.headers["content-type"]) == (404, "text/html; charset=utf-8")
    assert "<h1" in missing.text
    assert 'href="/docs/introduction"' in missing.text
    assert "<b>" not in missing.text


def test_words_of_fields_are_of_fields(document: dict[str, Any]) -> None:
    """No description is left over from a field that isn't there."""
    names = set(re.findall(r'"(\w+)": \{"', json.dumps(document)))
    parameters = (
        each["name"]
        for methods in document["paths"].values()
        for operation in methods.values()
        for each in operation.get("parameters", ())
    )
    assert set(FIELD_WORDS) <= names | set(parameters)


def test_text_cannot_become_markup(site: Site) -> None:
    """HTML inside a page is shown, never obeyed."""
    page = Page(
        "/docs/odd", "<b>", "Guide", "", "# <b>\n\n<script>alert(1)</script>\n\n[x](javascript:alert(1))\n"
    )
    html = markup.page_html(site, page)
    assert "<script>" not in html
    assert "&lt;script&gt;" in html
    assert 'href="javascript' not in html
    assert "<title>&lt;b&gt; · Rhapsode</title>" in html


def test_headings_of_the_same_words_have_anchors_of_their_own(site: Site) -> None:
    """The second has a number, as it has where the Markdown is read in a repository."""
    html = markup.page_html(site, Page("/docs/x", "X", "Guide", "", "# X\n\n## A b\n\n## A b\n"))
    assert 'id="a-b"' in html
    assert 'id="a-b-1"' in html


def test_the_list_of_pages_has_the_form_that_programs_know(site: Site) -> None:
    """It has a title, a summary, and sections of nothing but links."""
    title, empty, summary, *rest = list_for_programs(site.pages).splitlines()
    assert (title, empty, summary[:2]) == ("# Rhapsode", "", "> ")
    assert all(re.fullmatch(r"|## .+|- \[[^\]]+\]\(/\S+\): .+", line) for line in rest)
    assert sum(line.startswith("- ") for line in rest) == len(site.pages) + 1


def test_what_is_below_a_path_is_found_by_whole_words(site: Site) -> None:
    """The pages of history are those below its path; half a word is no path."""
    assert {page.group for page in site.below("/docs/api-reference/history")} == {"History"}
    assert not site.below("/docs/api-reference/hist")


@pytest.mark.parametrize(
    ("schema", "words"),
    [
        ({"type": "string"}, "string"),
        ({"anyOf": [{"type": "integer"}, {"type": "null"}]}, "integer or null"),
        ({"type": "array", "items": {"type": "string", "format": "binary"}}, "list of file"),
        ({"enum": ["a", "b"]}, '`"a"`, `"b"`'),
        ({"$ref": "#/components/schemas/Kind"}, '`"x"`'),
        ({"$ref": "#/components/schemas/Thing"}, "[Thing](#thing)"),
        ({"type": "object", "additionalProperties": {"type": "string"}}, "object of strings"),
        ({}, "any"),
    ],
)
def test_types_are_said_in_words(schema: dict[str, Any], words: str) -> None:
    """A type is what a reader has to send: values where only those are taken, a link where it has fields."""
    schemas: dict[str, dict[str, Any]] = {"Kind": {"enum": ["x"]}, "Thing": {"properties": {"a": {}}}}
    assert type_words(schema, schemas) == words


@pytest.mark.parametrize(
    ("schema", "words"),
    [
        ({"minimum": 1, "maximum": 1000}, "1 to 1,000."),
        ({"anyOf": [{"maxLength": 5}, {"type": "null"}]}, "At most 5 characters."),
        ({"minItems": 1}, "At least 1 entries."),
        ({"pattern": "^a$"}, "Matches `^a$`."),
        ({}, ""),
    ],
)
def test_limits_are_said_in_words(schema: dict[str, Any], words: str) -> None:
    """A limit is a sentence with its unit."""
    assert limits(schema) == words
