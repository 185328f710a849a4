"""Trees to blocks: the cases of tests/data/documents/blocks.txt, and the walk's places and limits."""

import re
from pathlib import Path

import pytest

from rhapsode.documents.flow import Flow
from rhapsode.documents.markup import find_body
from rhapsode.documents.omissions import Tally
from rhapsode.documents.trees import read_xhtml
from rhapsode.documents.walker import read_flow
from rhapsode.studio.document import DocumentBlock

from .epub_builder import page

_CASES = Path(__file__).parents[2] / "data" / "documents" / "blocks.txt"


def _cases() -> list[tuple[str, str, str]]:
    found = re.findall(
        r"^=== ([^\n]+)\n(.*?)\n---\n(.*?)\n(?=\n===|\Z)", _CASES.read_text("utf-8"), re.MULTILINE | re.DOTALL
    )
    assert len(found) == _CASES.read_text("utf-8").count("\n=== ")
    return found


def _in_words(block: DocumentBlock) -> str:
    level = "" if block.sub_type == "p" else f"/{block.sub_type}"
    language = "" if block.language is None else f"@{block.language}"
    return f"{block.kind.value}{level}{language}: {block.text.replace(chr(10), '|')}".rstrip()


def _flow(body: str) -> tuple[Flow, Tally]:
    tally = Tally()
    root = read_xhtml(page(body).encode(), what="page")
    return read_flow(find_body(root), language="en", tally=tally), tally


@pytest.mark.parametrize(("body", "expected"), [pytest.param(b, e, id=name) for name, b, e in _cases()])
def test_blocks(body: str, expected: str) -> None:
    """Each case of the data file yields its blocks, and tells what it leaves out."""
    flow, tally = _flow(body)

    told = [_in_words(block) for block in flow.blocks] + [
        f"left out: {item.what}" for item in tally.left_out()
    ]

    assert told == expected.splitlines()


def test_anchors_lead_to_the_block_they_stand_in_or_before() -> None:
    """An anchor leads to its own block, and at a paragraph's end to the next one."""
    flow, _ = _flow(
        '<p id="a">One<a id="b"/></p><a id="c"/><h2>T<span id="d">wo</span></h2><div id="e"><p>x</p></div>'
    )

    assert flow.anchors == {"a": 0, "b": 1, "c": 1, "d": 1, "e": 2}


def test_untidy_markup_is_read_as_html() -> None:
    """Unclosed tags, loose ampersands, HTML entities and empty tags lose no text."""
    broken = "<html><head><title/></head><body><p>Salt & pepper&mdash;&unknown; <b>bold<p>Two<br>three</body>"

    flow = read_flow(find_body(read_xhtml(broken.encode(), what="page")), language=None, tally=Tally())

    assert [block.text for block in flow.blocks] == ["Salt & pepper—&unknown; bold", "Two three"]


def test_a_huge_text_node_loses_nothing() -> None:
    """Ten million characters in one paragraph are more than libxml2 takes in one node, and are all kept."""
    text = "word " * 2_200_000

    flow, _ = _flow(f"<p>{text}</p>")

    assert [len(block.text) for block in flow.blocks] == [len(text) - 1]
