"""What docs/compatibility.md says of each operation is so."""

import re

from tests.conftest import ROOT

from .asking import get_anew
from .published import contract
from .running import LiveServer

_ROW = re.compile(r"^\| `([A-Z]+) (\S+)` \| (works|not yet) \|", re.MULTILINE)
_OWN_ROW = re.compile(r"^\| `([A-Z]+) (/v1/\S+)` \| (?!works|not yet)", re.MULTILINE)
"""What is ours at a path of the contract: another method."""


def operations(paths: dict[str, dict[str, object]]) -> set[tuple[str, str]]:
    """Method and path of each; whatever the parameters of the path are called."""
    return {(method.upper(), _nameless(path)) for path, methods in paths.items() for method in methods}


def _nameless(path: str) -> str:
    return re.sub(r"\{\w+\}", "{}", path)


def own_rows() -> set[tuple[str, str]]:
    """What the page says is served at the contract's paths beside the contract."""
    page = (ROOT / "docs" / "compatibility.md").read_text("utf-8")
    return {(method, _nameless(path)) for method, path in _OWN_ROW.findall(page)}


def rows() -> dict[tuple[str, str], str]:
    """The state of each operation, as the page has it."""
    page = (ROOT / "docs" / "compatibility.md").read_text("utf-8")
    return {(method, _nameless(path)): state for method, path, state in _ROW.findall(page)}


def test_the_page_tells_what_works(server: LiveServer) -> None:
    """An operation is said to work where the server has a route for it, and nowhere else."""
    document = get_anew(f"{server.url}/openapi.json").json()
    works = {operation for operation, state in rows().items() if state == "works"}
    offered = operations(document["paths"])
    assert works | own_rows() == {o for o in offered if not o[1].startswith("/rhapsode/")}
    assert not own_rows() & rows().keys()


def test_the_page_has_every_operation() -> None:
    """Each operation of the contract has a row, and each row is one of them."""
    published = contract()
    if published is not None:
        assert set(rows()) == operations(published["paths"])
