"""Sentences in trees: where each stands, and the element that it gets."""

import pytest
from lxml import etree

from rhapsode.documents.omissions import Tally
from rhapsode.documents.readalong.marking import marked_elements
from rhapsode.documents.readalong.placing import place_sentences
from rhapsode.documents.walker import read_flow

from .spoken_books import spoken_block


def marked(markup: str, *texts: str) -> str:
    """A body with the sentences of its blocks in brackets; texts: what was spoken, where it isn't what is written."""
    body = etree.fromstring(f'<body xmlns="http://www.w3.org/1999/xhtml">{markup}</body>')
    flow = read_flow(body, language="en", tally=Tally(), placed=True)
    blocks = [
        (block.text, places) for block, places in zip(flow.blocks, flow.places, strict=True) if block.text
    ]
    for index, (text, places) in reversed(list(enumerate(blocks))):
        block = spoken_block(texts[index] if texts else text)
        for sentence in reversed(place_sentences(block, places)):
            for _, element in marked_elements([place for place, _ in sentence.pieces], body):
                element.set("heard", "")
    return (
        etree.tostring(body, encoding="unicode")
        .partition(">")[2]
        .removesuffix("</body>")
        .replace(' heard=""', "!")
    )


@pytest.mark.parametrize(
    ("markup", "expected"),
    [
        ("<p>It rained.</p>", "<p!>It rained.</p>"),
        (
            "<p>It rained. “Well,” she said. No!</p>",
            "<p><span!>It rained.</span> <span!>“Well,” she said.</span> <span!>No!</span></p>",
        ),
        (
            "<p>It <i>rained</i>. Nobody <b>came</b>.</p>",
            "<p><span!>It <i>rained</i>.</span> <span!>Nobody <b>came</b>.</span></p>",
        ),
        (
            "<p><i>It rained. Nobody</i> came.</p>",
            "<p><i><span!>It rained.</span> <span!>Nobody</span></i> <span!>came.</span></p>",
        ),
        ("<p><b><i>It rained.</i></b> No.</p>", "<p><b><i!>It rained.</i></b> <span!>No.</span></p>"),
        ("<p>It rained.<sup><a href='#n1'>1</a></sup> No.</p>", None),
        ("<p class='dropcap-p'><span class='dropcap'>I</span>t rained.</p>", None),
        ("<h1>One<br/>Rain</h1>", "<h1!>One<br/>Rain</h1>"),
        ("<div>Loose text. <p>It rained.</p> More.</div>", None),
        ("<pre>It rained.\n\nNo. Yes.</pre>", None),
        ("<p>Twelve <img src='a.png' alt='A lamp'/> lamps.</p>", None),
        ("<ol start='3'><li>It rained.</li></ol>", '<ol start="3"><li!>It rained.</li></ol>'),
        ("<table><tr><th>Year</th><th>Rain</th></tr><tr><td>1900</td><td>much</td></tr></table>", None),
        ("<p>In 1900 it rained. <math><mi>x</mi></math> is dry.</p>", None),
        ("<p><ruby>雨<rt>あめ</rt></ruby>が降った。誰も来なかった。</p>", None),
    ],
)
def test_each_sentence_gets_an_element(markup: str, expected: str | None) -> None:
    """Of its own, and no text is lost or moved."""
    found = marked(markup)
    plain = etree.tostring(etree.fromstring(f"<x>{markup}</x>"), method="text", encoding="unicode")
    bare = found.replace("!>", ">").replace("! ", " ").replace("!/", "/")
    assert etree.tostring(etree.fromstring(f"<x>{bare}</x>"), method="text", encoding="unicode") == plain
    assert "!" in found
    if expected is not None:
        assert found == expected


def test_a_poem_is_lit_up_line_by_line() -> None:
    """A sentence can't be one element where its lines are paragraphs."""
    lines = "<p>The lamp is lit,</p><p>the boats are in,</p><p>the harbour sleeps.</p>"
    found = marked(f'<div class="poem">{lines}</div>')
    assert found.count("<p!>") == 3 or found.startswith('<div class="poem"!>')


@pytest.mark.parametrize(
    ("written", "said", "expected"),
    [
        ("It rained. No.", "It snowed a lot. No.", "<p><span!>It rained.</span> <span!>No.</span></p>"),
        ("It rained.", "It rained. And it rained.", "<p!>It rained.</p>"),
        (
            "It rained. Nobody came. No.",
            "It rained. No.",
            "<p><span!>It rained.</span> <span!>Nobody came. No.</span></p>",
        ),
    ],
)
def test_edited_sentences_stand_where_they_stood(written: str, said: str, expected: str) -> None:
    """As far as letters are the same; signs and what is new belong to what is around them."""
    assert marked(f"<p>{written}</p>", said) == expected
