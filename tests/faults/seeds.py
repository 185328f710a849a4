"""The documents that are made wrong: small ones written here, and real ones where they lie beside the checkout."""

from dataclasses import dataclass
from pathlib import Path

from tests.unit.documents.docx_builder import PAGE_BREAK, docx, item, level, notes, numbering, para, run
from tests.unit.documents.epub_builder import CONTAINER, epub, nav, ncx, opf, packed, page
from tests.unit.documents.pdf_builder import Put, column, pdf

ROOT = Path(__file__).parents[2]
CORPUS = ROOT.parent / "shared" / "corpus"
_LARGEST_BYTES = 1_500_000
_KINDS = frozenset({".epub", ".docx", ".pdf", ".html", ".pls"})

_PAGE = (
    '<section epub:type="chapter"><h1 id="a">I</h1><p>One <b>two</b> <i xml:lang="de">drei</i>.<a epub:type="noteref"'
    ' href="#n">1</a></p><ul><li>a</li><li><ol start="3"><li>b</li></ol></li></ul><table><tr><th>A</th>'
    '<td rowspan="2">B</td></tr></table><hr/>'
    '<blockquote><p>Q</p></blockquote><pre>x</pre><img src="a.png" alt="A tree"/>'
    '<svg><title>T</title></svg><ruby>漢<rt>kan</rt></ruby><aside id="n" epub:type="footnote"><p>Note.</p></aside>'
    "</section>"
)
_WORDS = (
    para("Title", style="Title")
    + para("Chapter I", style="berschrift1")
    + para(
        run("One ") + run("zwei", '<w:lang w:val="de-DE"/>') + '<w:r><w:footnoteReference w:id="2"/></w:r>'
    )
    + item("first", 1)
    + item("second", 1, depth=1)
    + PAGE_BREAK
    + '<w:tbl><w:tr><w:tc><w:tcPr><w:gridSpan w:val="2"/></w:tcPr>'
    + para("cell")
    + "</w:tc></w:tr></w:tbl>"
    + '<w:p><w:del w:id="1"><w:r><w:delText>gone</w:delText></w:r></w:del><w:ins w:id="2">'
    + run("come")
    + "</w:ins></w:p>"
    + para("Verse one", style="Verse")
    + "<w:sdt><w:sdtContent>"
    + para("inside")
    + "</w:sdtContent></w:sdt>"
)
_LEXICON = (
    '<?xml version="1.0" encoding="UTF-8"?><lexicon version="1.0" xmlns="http://www.w3.org/2005/01/pronunciation-lexicon"'
    ' alphabet="ipa" xml:lang="en"><lexeme><grapheme>lamp</grapheme><phoneme prefer="true">læmp</phoneme></lexeme>'
    "<lexeme><grapheme>BBC</grapheme><alias>B B C</alias></lexeme></lexicon>"
)
_HTML = (
    '<!DOCTYPE html><html lang="en"><head><title>T</title><meta name="author" content="A"></head><body><nav>'
    '<a href="#a">a</a></nav><main><h1>One</h1><p>Two &amp; three.<p>Four<ol><li>a<li>b</ol><table>'
    "<tr><td>1<td>2</table><h2>Two</h2>"
    "<p>It rained all day, and nobody went out to see what the tide had left on the beach.</p></main></body></html>"
)
_PROPERTIES = "<dc:title>T</dc:title><dc:language>en</dc:language>"
_LANDMARKS = (
    '<nav epub:type="landmarks"><ol><li><a epub:type="bodymatter" href="a.xhtml">x</a></li></ol></nav>'
)


@dataclass(frozen=True, slots=True)
class Seed:
    """A document that is whole."""

    name: str
    content: bytes


def written() -> list[Seed]:
    """A small document of each kind, with something of all that its reader knows."""
    lists = numbering(level(0, "decimal", "%1.") + level(1, "lowerRoman", "%1.%2"))
    parts = {"word/numbering.xml": lists, "word/footnotes.xml": notes("footnote", {2: "A note."})}
    pages = [("a.xhtml", _PAGE), ("b.xhtml", _PAGE.replace(">I<", ">II<"))]
    toc = [("I", "a.xhtml"), ("II", "b.xhtml#a")]
    old = packed(
        {
            "META-INF/container.xml": CONTAINER,
            "OEBPS/book.opf": opf(
                ["a.xhtml", "b.xhtml"],
                items='<item id="ncx" href="t.ncx" media-type="application/x-dtbncx+xml"/>',
                guide='<guide><reference type="text" href="b.xhtml"/></guide>',
                spine='toc="ncx"',
            ),
            "OEBPS/t.ncx": ncx(toc),
            **{f"OEBPS/{name}": page(body) for name, body in pages},
        }
    )
    return [
        Seed("new.epub", epub(pages, toc=nav(toc, extra=_LANDMARKS))),
        Seed("old.epub", old),
        Seed("words.docx", docx(_WORDS, parts=parts, properties=_PROPERTIES)),
        Seed("pages.pdf", _pdf()),
        Seed("page.html", _HTML.encode()),
        Seed("text.md", b"# One\n\nTwo *three*\n\n- a\n- b\n\n> q\n\n| a | b |\n|---|---|\n| 1 | 2 |\n"),
        Seed(
            "text.txt", "CHAPTER I\n\nIt rained — “all” day.\n\nCHAPTER II\n\nIt was café.\n".encode("cp1252")
        ),
        Seed("words.pls", _LEXICON.encode()),
    ]


def _pdf() -> bytes:
    return pdf(
        [column(["I", "", "One two", "three four."]), [Put("Aside", turn=1), Put("BIG", size=20)]],
        outline=[("I", 0, 500, 0), ("II", 1, 500, 1)],
        info="/Title (T)",
        language="en",
        letters="xyz",
        picture=True,
    )


def seeds(folder: Path = CORPUS) -> list[Seed]:
    """Those and the small ones of a folder, the corpus unless told, in the same order each time."""
    found = [path for path in sorted(folder.rglob("*")) if path.suffix in _KINDS]
    small = [path for path in found if path.stat().st_size < _LARGEST_BYTES]
    return [*written(), *(Seed(path.name, path.read_bytes()) for path in small)]
