"""Books that are read along: the original's own pages, and when each of its sentences is heard."""

import io
import re
import time
import zipfile
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from urllib.parse import unquote

import pytest
from lxml import etree

from rhapsode.documents.readalong.book import read_along
from rhapsode.documents.readalong.spoken import OldFile, SpokenBook

from ..epub_builder import CONTAINER, METADATA, epub, opf, packed, page
from .old_books import hard_book, old_book
from .spoken_books import Opened, packed_book, spoken, spoken_book, spoken_chapter


def opened(content: bytes, book: SpokenBook) -> Opened:
    """A book read along, taken apart again."""
    made = read_along(content, book)
    assert made is not None
    return Opened.of(packed_book(made, content))


@pytest.fixture(scope="module")
def hard() -> Opened:
    """The hard book, of which notes and page numbers are spoken too."""
    book = spoken(hard_book(), speaks=lambda _: True)
    return opened(hard_book(), book)


def test_every_sentence_is_lit_up_while_it_is_heard(hard: Opened) -> None:
    """In order; the text of the elements is the text that was spoken, and the audio is its chapter's."""
    texts = [(par.text, posix_name(par.audio)) for par in hard.pars() if par.kind is None]
    assert texts == [
        ("Rain", "01.mp3"),
        ("It rained.", "01.mp3"),
        ("Nobody came.", "01.mp3"),
        ("The post été late.", "01.mp3"),
        ("Sea", "02.mp3"),
        ("The sea was flat.", "02.mp3"),
        ("So was the sky.", "02.mp3"),
        ("It was", "02.mp3"),
        ("warm.", "02.mp3"),
        ("It", "02.mp3"),
        ("was late.", "02.mp3"),
    ]


def posix_name(path: str) -> str:
    return path.rpartition("/")[2]


def test_clips_share_out_the_whole_audio(hard: Opened) -> None:
    """Each ends where the next begins, and what they say of their length adds up."""
    durations = {"01.mp3": 0, "02.mp3": 0}
    for audio in durations:
        clips = [(par.start_ms, par.end_ms) for par in hard.pars() if posix_name(par.audio) == audio]
        assert clips[0][0] == 0
        assert all(before[1] == after[0] for before, after in pairwise(clips))
        assert all(start < end for start, end in clips)
        durations[audio] = clips[-1][1]
    book = spoken(hard_book(), speaks=lambda _: True)
    assert list(durations.values()) == [chapter.duration_ms for chapter in book.chapters]
    *overlays, total = hard.metas("media:duration")
    seconds = [
        int(h) * 3600 + int(m) * 60 + float(s) for h, m, s in (each.split(":") for each in [*overlays, total])
    ]
    assert sum(seconds[:-1]) == pytest.approx(seconds[-1], abs=1e-9)
    assert seconds[-1] * 1000 == pytest.approx(sum(durations.values()))


@pytest.mark.parametrize("container", [None, CONTAINER.replace("book.opf", "gone.opf")])
@pytest.mark.parametrize("folder", ["", "The Lamp/"])
def test_what_was_found_without_a_container_has_one(folder: str, container: str | None) -> None:
    """A book that is read although it was packed carelessly becomes one that every program reads."""
    files = {"OEBPS/book.opf": opf(["a.xhtml"]), "OEBPS/a.xhtml": page("<p>It rained.</p>")}
    if container is not None:
        files["META-INF/container.xml"] = container
    content = packed({f"{folder}{name}": text for name, text in files.items()})

    made = opened(content, spoken(content))

    assert [par.text for par in made.pars()] == ["It rained."]
    root = "" if container is not None else folder
    container_names = [name for name in made.files if name.endswith("container.xml")]
    assert container_names == ["META-INF/container.xml"]
    [named] = etree.fromstring(made.files["META-INF/container.xml"]).iterfind(".//{*}rootfile")
    assert unquote(named.get("full-path") or "") == made.package_path == f"{root}OEBPS/book.opf"


def test_sentences_begin_when_their_first_letter_is_heard() -> None:
    """But for the first of a file, which begins with the file."""
    content = epub([("a.xhtml", "<h1>Rain</h1><p>It rained. <i>Nobody</i> came.</p>")])
    book = spoken(content)
    starts = [par.start_ms for par in opened(content, book).pars()]
    title, paragraph = book.chapters[0].blocks
    assert starts == [0, paragraph.times_ms[0], paragraph.times_ms[len("It rained. ")]]
    assert title.times_ms[0] == 500


def test_readers_can_skip_notes_and_page_numbers(hard: Opened) -> None:
    """Both are told apart, and a note is a section by itself."""
    told = [(par.text, par.kind, par.section) for par in hard.pars() if par.kind is not None]
    assert told == [
        ("", "pagebreak", None),
        ("Says Ida.", "footnote", "footnote"),
        ("And she knows.", "footnote", "footnote"),
    ]


def test_a_book_keeps_what_it_is(hard: Opened) -> None:
    """Its identifier, its page list, its note marks and the pages that nobody hears; not what was true before."""
    assert "urn:uuid:1" in hard.files["OEBPS/book.opf"].decode()
    assert b"page-list" in hard.files["OEBPS/nav.xhtml"]
    assert b"noteref" in hard.files["OEBPS/rain.xhtml"]
    assert hard.overlay_of("OEBPS/imprint.xhtml") is None
    assert hard.files["OEBPS/imprint.xhtml"] == zipped(hard_book(), "OEBPS/imprint.xhtml")
    assert hard.metas("dcterms:modified") == ["2026-01-31T12:00:00Z"]
    assert not {"OEBPS/old.smil", "OEBPS/old.mp3", "META-INF/signatures.xml"} & set(hard.files)
    assert "OEBPS/rain.mp3" in hard.files


def zipped(content: bytes, name: str) -> bytes:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return archive.read(name)


_OVERLAY = '<item id="smil" href="old.smil" media-type="application/smil+xml"/>'
_GREEDY = (
    '<smil xmlns="http://www.w3.org/ns/SMIL"><body><par><audio src="a.xhtml"/></par>'
    '<par><audio src="book.opf"/></par><par><audio src="../META-INF/container.xml"/></par></body></smil>'
)


@pytest.mark.parametrize("overlay", ["", "no markup", '<!DOCTYPE smil [<!ENTITY a "b">]><smil/>', _GREEDY])
def test_an_overlay_that_lies_takes_nothing_away(overlay: str) -> None:
    """An import doesn't look at it: the book is read along as if it had none."""
    content = epub([("a.xhtml", "<p>It rained.</p>")], items=_OVERLAY, files={"OEBPS/old.smil": overlay})
    found = opened(content, spoken(content))
    assert [par.text for par in found.pars()] == ["It rained."]
    assert {"META-INF/container.xml", "OEBPS/a.xhtml", "OEBPS/book.opf", "OEBPS/nav.xhtml"} <= set(
        found.files
    )
    assert "OEBPS/old.smil" not in found.files


def test_a_page_that_is_listed_as_an_overlay_stays() -> None:
    """What a manifest says twice isn't gone once."""
    twice = '<item id="smil" href="a.xhtml" media-type="application/smil+xml"/>'
    content = epub([("a.xhtml", "<p>It rained.</p>")], items=twice)
    assert [par.text for par in opened(content, spoken(content)).pars()] == ["It rained."]


def test_ids_are_written_as_addresses() -> None:
    """HTML allows any sign but spaces in them."""
    content = epub([("a.xhtml", '<p id="5%">It rained.</p><p id="a#b">Nobody came.</p>')])
    found = opened(content, spoken(content))
    assert [par.text for par in found.pars()] == ["It rained.", "Nobody came."]
    assert b'src="../a.xhtml#5%25"' in found.files["OEBPS/read-along/01.smil"]


def test_what_it_says_of_whom_it_is_for(hard: Opened) -> None:
    """What the book said before stays."""
    assert hard.metas("media:narrator") == ["Tone Low"]
    assert hard.metas("schema:accessMode") == ["textual", "auditory"]
    assert hard.metas("schema:accessModeSufficient") == ["textual", "textual,auditory"]
    assert hard.metas("schema:accessibilityFeature") == [
        "synchronizedAudioText",
        "tableOfContents",
        "pageNavigation",
    ]
    assert hard.metas("schema:accessibilityHazard") == ["noFlashingHazard"]
    assert len(hard.metas("schema:accessibilitySummary")) == 1
    (active,) = hard.metas("media:active-class")
    assert f".{active} {{" in hard.files["OEBPS/read-along/read-along.css"].decode()


def test_ids_are_there_once(hard: Opened) -> None:
    """New ones are none that the page has."""
    for name, content in hard.files.items():
        if name.endswith(".xhtml"):
            ids = re.findall(rb' id="([^"]+)"', content)
            assert len(ids) == len(set(ids)), name
    assert b"heard-2" in hard.files["OEBPS/sea.xhtml"]


def test_what_isnt_heard_stays_as_it_is_packed() -> None:
    """Bytes of pictures and fonts are handed on, packed as they are."""
    made = read_along(old_book(), spoken(old_book()))
    assert made is not None
    assert {file.name for file in made.files if isinstance(file, OldFile)} == {
        "META-INF/container.xml",
        "OEBPS/toc.ncx",
        "OEBPS/s.css",
        "OEBPS/lamp.png",
    }


def test_the_same_book_gives_the_same_bytes() -> None:
    """No clock and no chance has a part in it."""
    assert read_along(hard_book(), spoken(hard_book())) == read_along(hard_book(), spoken(hard_book()))


def test_what_was_added_since_is_heard_too() -> None:
    """A sentence without a place with what it follows, and a new chapter on a page of its own."""
    content = epub(
        [("a.xhtml", "<h1>Rain</h1><p>It rained. It rained hard.</p>"), ("b.xhtml", "<p>The end of it.</p>")]
    )
    book = spoken_book(
        spoken_chapter("Rain", "Rain", "A stranger knocked twice.", "It rained. It rained hard."),
        spoken_chapter("Wind", "There was a wind. It blew."),
        spoken_chapter("End", "The end of it."),
    )
    found = opened(content, book)
    assert [(par.text, posix_name(par.audio)) for par in found.pars()] == [
        ("Rain", "01.mp3"),
        ("It rained.", "01.mp3"),
        ("It rained hard.", "01.mp3"),
        ("There was a wind.", "02.mp3"),
        ("It blew.", "02.mp3"),
        ("The end of it.", "03.mp3"),
    ]
    assert found.pars()[0].end_ms == book.chapters[0].blocks[2].times_ms[0]


def test_another_text_isnt_this_book() -> None:
    """Then the book is made of what was spoken."""
    content = epub([("a.xhtml", "<p>It rained.</p>")])
    assert (
        read_along(content, spoken_book(spoken_chapter("Sea", "The sea was flat.", "So was the sky.")))
        is None
    )


def test_pages_that_arent_well_formed_are_read_along() -> None:
    """As XHTML, which every reader opens."""
    broken = "<html><head><title>Rain</title></head><body><p>It rained.<br>Nobody came.<p>No.</body></html>"
    content = epub([("a.xhtml", broken)])
    found = opened(content, spoken(content))
    assert [par.text for par in found.pars()] == ["It rained.", "Nobody came.", "No."]
    assert etree.QName(found.page("OEBPS/a.xhtml")).namespace == "http://www.w3.org/1999/xhtml"


def test_what_a_broken_page_declares_is_declared_once() -> None:
    """Its namespaces; pictures keep theirs, and names that XML doesn't have go."""
    broken = (
        '<html xmlns="http://www.w3.org/1999/xhtml" xmlns:epub="http://www.idpf.org/2007/ops"><head><title>Rain</title>'
        '</head><body><p epub:type="keyword">It rained.<br><p x"y="1">No.<a:b>'
        '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink">'
        '<image xlink:href="lamp.png"/></svg></body></html>'
    )
    content = epub([("a.xhtml", broken)])
    found = opened(content, spoken(content))
    assert [par.text for par in found.pars()] == ["It rained.", "No."]
    (image,) = found.page("OEBPS/a.xhtml").iter("{http://www.w3.org/2000/svg}image")
    assert image.items() == [("{http://www.w3.org/1999/xlink}href", "lamp.png")]


def test_a_page_without_a_namespace_gets_one() -> None:
    """What else it declares stays what it is."""
    body = '<p>It rained.</p><svg xmlns="http://www.w3.org/2000/svg"><path d="M0 0"/></svg>'
    bare = page(body).replace(' xmlns="http://www.w3.org/1999/xhtml"', "", 1)
    content = epub([("a.xhtml", bare)])
    found = opened(content, spoken(content))
    assert [par.text for par in found.pars()] == ["It rained."]
    assert [etree.QName(e).namespace for e in found.page("OEBPS/a.xhtml").iter("{*}html", "{*}path")] == [
        "http://www.w3.org/1999/xhtml",
        "http://www.w3.org/2000/svg",
    ]


@pytest.mark.parametrize(
    ("said", "instead"),
    [
        ("<dc:title>The Lamp</dc:title>", "<xx:title>The Lamp</xx:title>"),
        ("</manifest>", ""),
        ('<item id="p0"', '<item id="p0" id="p0"'),
    ],
)
def test_a_package_that_cant_be_written_again_is_none(said: str, instead: str) -> None:
    """An import repairs it as far as it takes to read it."""
    files = {
        "META-INF/container.xml": CONTAINER,
        "OEBPS/book.opf": opf(["a.xhtml"]).replace(said, instead),
        "OEBPS/a.xhtml": page("<p>It rained.</p>"),
    }
    content = packed(files)
    assert read_along(content, spoken(content)) is None


def test_a_page_in_one_paragraph_takes_no_long_time() -> None:
    """As verse and scanned text are left: a sentence isn't looked for in all of it. (Half a second; it took ten.)"""
    content = epub([("a.xhtml", "<p>" + "<i>It</i> rained <b>hard</b>.<br/>" * 1_500 + "</p>")])
    book = spoken(content)
    started_at_s = time.process_time()
    assert read_along(content, book) is not None
    assert time.process_time() - started_at_s < 5


def test_a_page_of_two_chapters_has_one_overlay() -> None:
    """Which plays both files, in the order of the page."""
    body = '<h1 id="a">Rain</h1><p>It rained.</p><h1 id="b">Sea</h1><p>The sea was flat.</p>'
    content = epub([("a.xhtml", body)], toc=[("Rain", "a.xhtml#a"), ("Sea", "a.xhtml#b")])
    found = opened(content, spoken(content))
    assert [(par.text, posix_name(par.audio)) for par in found.pars()] == [
        ("Rain", "01.mp3"),
        ("It rained.", "01.mp3"),
        ("Sea", "02.mp3"),
        ("The sea was flat.", "02.mp3"),
    ]
    assert sum(name.endswith(".smil") for name in found.files) == 1


def test_epub_2_becomes_epub_3() -> None:
    """Metadata, contents and list of pages are said in the words of EPUB 3."""
    found = opened(old_book(), spoken(old_book()))
    assert found.package.get("version") == "3.0"
    assert found.metas("role") == ["aut", "bkp"]
    assert found.metas("file-as") == ["Strand, Ida"]
    assert [e.text for e in found.package.iterfind(".//{*}date")] == ["2002-02-02"]
    (nav,) = [item for item in found.items() if item.get("properties") == "nav"]
    contents = found.files[found.path_of(nav)].decode()
    links = re.findall(r'href="([^"]+)"', contents)
    assert links == ["rain.html", "rain.html#p7", "sea.html", "rain.html#p7"]
    assert 'epub:type="page-list"' in contents
    assert found.metas("schema:accessModeSufficient") == ["textual,visual", "textual,auditory,visual"]
    properties = {str(item.get("id")): item.get("properties") for item in found.items()}
    assert (properties["sea"], properties["lamp"]) == ("svg", "cover-image")
    rain = found.files["OEBPS/rain.html"].decode()
    assert "<!DOCTYPE html>" in rain
    assert not re.search(
        r"<(?:tt|big|acronym)|(?:align|border|width|bgcolor)=", rain.replace('width="1"', "")
    )
    assert [par.text for par in found.pars()][:3] == [
        "Rain",
        "It rained all day, hard and loud.",
        "Nobody came—not one.",
    ]


def test_entities_open_nothing() -> None:
    """Names of HTML are characters; an entity that a book declares is refused, as it is by the import."""
    content = epub([("a.xhtml", page("<p>It rained&nbsp;caf&eacute;.</p>"))], metadata=METADATA)
    assert [par.text for par in opened(content, spoken(content)).pars()] == ["It rained café."]


CORPUS = ["idpf-childrens-literature", "idpf-regime-anticancer-arabic", "idpf-wasteland", "time-machine"]


@pytest.mark.parametrize("name", CORPUS)
def test_real_books_say_what_was_spoken(corpus: Callable[[str], Path], name: str) -> None:
    """Every letter that was spoken is lit up, in order; numbers of pages and lines may be too."""
    content = corpus(f"epub/{name}.epub").read_bytes()
    book = spoken(content)
    found = opened(content, book)
    spoken_letters = letters("".join(b.text for c in book.chapters for b in c.blocks))
    assert letters("".join(par.text for par in found.pars())) == spoken_letters


def letters(text: str) -> str:
    return "".join(re.findall(r"[^\W\d_]", text))
