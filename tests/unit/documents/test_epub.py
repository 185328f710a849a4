"""EPUB: chapters by the table of contents, their names, roles and places."""

import random

import pytest

from rhapsode.documents.epub import read_epub
from rhapsode.studio.document import BlockKind, Document, Matter
from rhapsode.studio.errors import DocumentRefused
from rhapsode.studio.limits import MAX_COVER_BYTES

from .epub_builder import CONTAINER, METADATA, epub, nav, ncx, opf, packed, page

_PNG = b"\x89PNG\r\n\x1a\n" + bytes(16)
_COVER_ITEM = '<item id="c" href="cover.png" media-type="image/png" properties="cover-image"/>'


def _texts(document: Document) -> list[tuple[str, list[str]]]:
    return [(chapter.name, [block.text for block in chapter.blocks]) for chapter in document.chapters]


def _roles(document: Document) -> list[tuple[str, str, bool]]:
    return [(chapter.role, chapter.matter.value, chapter.narrated) for chapter in document.chapters]


def test_chapters_follow_the_table_of_contents_not_the_files() -> None:
    """Fragments cut a file, files between two entries belong to the former one, names are the entries'."""
    pages = [
        ("a.xhtml", '<h2 id="one">1</h2><p>One.</p><h2 id="two">2</h2><p>Two.</p>'),
        ("b.xhtml", "<p>More of two.</p>"),
        ("c.xhtml", "<h2>3</h2><p>Three.</p>"),
    ]

    document = read_epub(epub(pages, toc=[("I", "a.xhtml#one"), ("II", "a.xhtml#two"), ("III", "c.xhtml")]))

    assert _texts(document) == [
        ("I", ["1", "One."]),
        ("II", ["2", "Two.", "More of two."]),
        ("III", ["3", "Three."]),
    ]


def test_the_ncx_of_epub_2_is_read_with_its_doctype() -> None:
    """An EPUB 2 gets its chapters from the NCX, nested points included."""
    points = ncx([("Chapter 1", "a.xhtml"), ("Chapter 2", "b.xhtml")])
    item = '<item id="ncx" href="toc.ncx" media-type="application/x-dtbncx+xml"/>'
    files = {
        "META-INF/container.xml": CONTAINER,
        "OEBPS/book.opf": opf(["a.xhtml", "b.xhtml"], items=item, spine='toc="ncx"'),
        "OEBPS/toc.ncx": points.replace("</navPoint>", "", 1).replace("</navMap>", "</navPoint></navMap>"),
        "OEBPS/a.xhtml": page("<p>One.</p>"),
        "OEBPS/b.xhtml": page("<p>Two.</p>"),
    }

    assert _texts(read_epub(packed(files))) == [("Chapter 1", ["One."]), ("Chapter 2", ["Two."])]


def test_titles_of_parts_introduce_their_first_chapter() -> None:
    """A part that is only a title stands in front of its first chapter, with or without an entry of its own."""
    contents = page(
        '<nav epub:type="toc"><ol><li><a href="p1.xhtml">Part One</a><ol><li><a href="a.xhtml">I</a></li></ol></li>'
        '<li><a href="b.xhtml#ii">II</a></li></ol></nav>'
    )
    pages = [
        ("p1.xhtml", '<section epub:type="part"><h1>Part One</h1></section>'),
        ("a.xhtml", "<h2>I</h2><p>One.</p>"),
        ("b.xhtml", '<h1>Part Two</h1><section id="ii"><h2>II</h2><p>Two.</p></section>'),
    ]

    document = read_epub(epub(pages, toc=contents))

    assert _texts(document) == [("I", ["Part One", "I", "One."]), ("II", ["Part Two", "II", "Two."])]


def test_a_part_with_text_is_a_chapter_of_its_own() -> None:
    """The motto of a part isn't pushed into a chapter."""
    pages = [
        ("p1.xhtml", '<section epub:type="part"><h1>Part One</h1><p>A motto.</p></section>'),
        ("a.xhtml", '<section epub:type="chapter"><h2>I</h2><p>One.</p></section>'),
    ]

    document = read_epub(epub(pages, toc=[("Part One", "p1.xhtml"), ("I", "a.xhtml")]))

    assert [(c.name, c.role) for c in document.chapters] == [("Part One", "part"), ("I", "chapter")]


def test_pages_without_entry_are_told_apart() -> None:
    """Front and back pages that the contents don't mention become chapters with their own roles and places."""
    pages = [
        ("cover.xhtml", '<p><img src="c.png" alt="A lamp"/></p>'),
        ("title.xhtml", '<section epub:type="titlepage"><h1>The Lamp</h1><p>By Ann Lee</p></section>'),
        ("copyright.xhtml", "<p>All rights reserved.</p>"),
        ("x1.xhtml", "<h2>Dedication</h2><p>For Tom.</p>"),
        ("a.xhtml", "<h2>I</h2><p>One.</p>"),
        ("b.xhtml", "<h2>II</h2><p>Two.</p>"),
        ("x2.xhtml", "<h2>Acknowledgements</h2><p>Thanks.</p>"),
        ("notes.xhtml", '<section epub:type="endnotes"><h2>Notes</h2><p>1. A note.</p></section>'),
    ]

    document = read_epub(epub(pages, toc=[("I", "a.xhtml"), ("II", "b.xhtml")]))

    assert _roles(document) == [
        ("cover", "front", False),
        ("titlepage", "front", False),
        ("copyright-page", "front", False),
        ("dedication", "front", True),
        ("chapter", "body", True),
        ("chapter", "body", True),
        ("acknowledgments", "back", True),
        ("endnotes", "back", False),
    ]
    assert document.chapters[0].name == "Cover"
    assert document.chapters[3].name == "Dedication"


def test_a_title_page_gives_up_what_is_worth_hearing() -> None:
    """An epigraph and a dedication inside the title page's file are narrated, the title page isn't."""
    title = (
        '<section epub:type="titlepage"><h1>The Lamp</h1><p epub:type="epigraph">Light!</p>'
        '<p epub:type="dedication">For Tom</p></section>'
    )

    pages = [("t.xhtml", title), ("a.xhtml", "<p>1</p>"), ("b.xhtml", "<p>2</p>")]

    document = read_epub(epub(pages, toc=[("I", "a.xhtml"), ("II", "b.xhtml")]))

    assert _roles(document)[:3] == [
        ("titlepage", "front", False),
        ("epigraph", "front", True),
        ("dedication", "front", True),
    ]


@pytest.mark.parametrize(
    ("guide", "landmark"),
    [
        (
            '<guide><reference type="dedication" href="x.xhtml"/><reference type="text" href="a.xhtml"/></guide>',
            "",
        ),
        (
            "",
            '<li><a epub:type="dedication" href="x.xhtml">D</a></li>'
            '<li><a epub:type="bodymatter" href="a.xhtml">B</a></li>',
        ),
    ],
)
def test_guide_and_landmarks_tell_roles_and_the_beginning(guide: str, landmark: str) -> None:
    """The EPUB 2 guide and EPUB 3 landmarks name roles, and what stands before the beginning is front matter."""
    landmarks = f'<nav epub:type="landmarks"><ol>{landmark}</ol></nav>' if landmark else ""
    pages = [
        ("w.xhtml", "<h1>A Word</h1><p>w</p>"),
        ("x.xhtml", "<p>x</p>"),
        ("a.xhtml", "<p>a</p>"),
        ("b.xhtml", "<p>b</p>"),
    ]
    entries = [("A Word", "w.xhtml"), ("For Tom", "x.xhtml"), ("I", "a.xhtml"), ("II", "b.xhtml")]

    document = read_epub(epub(pages, toc=nav(entries, extra=landmarks), guide=guide))

    assert _roles(document)[:3] == [
        ("chapter", "front", True),
        ("dedication", "front", True),
        ("chapter", "body", True),
    ]


def test_a_table_of_contents_in_the_reading_order_is_kept_and_not_narrated() -> None:
    """Nothing readable is dropped silently: the visible contents become a silent chapter."""
    contents = nav([("I", "a.xhtml"), ("II", "b.xhtml")])
    pages = [("toc.xhtml", contents), ("a.xhtml", "<p>One.</p>"), ("b.xhtml", "<p>Two.</p>")]

    document = read_epub(epub(pages, toc=contents))

    assert _texts(document)[0] == ("Contents", ["I", "II"])
    assert _roles(document)[0] == ("toc", "front", False)


def test_without_contents_every_page_with_a_heading_is_a_chapter() -> None:
    """Files that go on without a heading belong to the chapter before; without any heading each file is one."""
    with_headings = [
        ("a.xhtml", "<h2>One</h2><p>1</p>"),
        ("b.xhtml", "<p>2</p>"),
        ("c.xhtml", "<h2>Two</h2><p>3</p>"),
    ]
    without = [("a.xhtml", "<p>1</p>"), ("b.xhtml", "<p>2</p>")]

    assert _texts(read_epub(epub(with_headings))) == [("One", ["One", "1", "2"]), ("Two", ["Two", "3"])]
    assert _texts(read_epub(epub(without))) == [("Chapter 1", ["1"]), ("Chapter 2", ["2"])]


def test_an_entry_whose_anchor_is_missing_finds_its_heading() -> None:
    """A broken fragment leads to the heading that says the same."""
    body = "<h2>One</h2><p>1</p><h2>Two</h2><p>2</p>"

    document = read_epub(epub([("a.xhtml", body)], toc=[("One", "a.xhtml#x"), ("Two", "a.xhtml#y")]))

    assert _texts(document) == [("One", ["One", "1"]), ("Two", ["Two", "2"])]


def test_page_markers_and_headings_before_an_anchor_go_with_it() -> None:
    """The page number above a chapter's anchor belongs to that chapter."""
    body = (
        '<h2 id="one">One</h2><p>1</p><div><span epub:type="pagebreak" title="9"/></div>'
        '<p><a id="two"/></p>'
        "<h2>Two</h2><p>2</p>"
    )

    document = read_epub(epub([("a.xhtml", body)], toc=[("One", "a.xhtml#one"), ("Two", "a.xhtml#two")]))

    assert _texts(document) == [("One", ["One", "1"]), ("Two", ["9", "Two", "2"])]


def test_pages_outside_the_main_text_are_kept_silent() -> None:
    """A page with linear="no" that the contents don't mention is kept, but nobody asked to hear it."""
    pages = [("a.xhtml", "<p>One.</p>"), ("pop.xhtml", "<p>A pop-up.</p>"), ("b.xhtml", "<p>Two.</p>")]

    document = read_epub(epub(pages, toc=[("I", "a.xhtml"), ("II", "b.xhtml")], not_linear=["pop.xhtml"]))

    assert [(c.blocks[0].text, c.narrated) for c in document.chapters] == [
        ("One.", True),
        ("A pop-up.", False),
        ("Two.", True),
    ]


def test_what_is_missing_or_unlisted_is_told() -> None:
    """Entries that lead nowhere and pages that the reading order lacks are in `left_out`."""
    items = '<item id="u" href="u.xhtml" media-type="application/xhtml+xml"/>'
    contents = [("I", "a.xhtml"), ("II", "gone.xhtml"), ("Web", "https://example.org/")]
    files = {"OEBPS/u.xhtml": page("<p>Nobody sees this.</p>")}
    content = epub([("a.xhtml", "<p>One.</p>")], toc=contents, items=items, files=files)

    told = {item.what for item in read_epub(content).left_out}

    assert "1 entry of the table of contents" in told
    assert "page outside the reading order (17 characters)" in told


def test_metadata_is_read() -> None:
    """Title, authors by role, language, ISBN and a description without its markup."""
    metadata = (
        '<dc:title id="t0">Second</dc:title><dc:title id="t">The  Lamp</dc:title>'
        '<meta refines="#t" property="title-type">main</meta><dc:language>en_GB</dc:language>'
        '<dc:creator id="a">Ann Lee</dc:creator><meta refines="#a" property="role">aut</meta>'
        '<dc:creator opf:role="ill">Pit Pen</dc:creator><dc:creator opf:role="aut">Bo Oak</dc:creator>'
        "<dc:identifier>urn:uuid:1234</dc:identifier><dc:identifier>urn:isbn:978-0-306-40615-7</dc:identifier>"
        "<dc:description>&lt;p&gt;A &lt;b&gt;lamp&lt;/b&gt; &amp;amp; a hill.&lt;/p&gt;</dc:description>"
    )

    document = read_epub(epub([("a.xhtml", "<p>x</p>")], metadata=metadata))

    assert (document.title, document.author, document.language) == ("The Lamp", "Ann Lee, Bo Oak", "en-GB")
    assert (document.isbn_number, document.description) == ("9780306406157", "A lamp & a hill.")


@pytest.mark.parametrize(
    ("identifier", "isbn"),
    [
        ("0-306-40615-2", "0306406152"),
        ("080442957X", "080442957X"),
        ("9780306406158", None),
        ("isbn:123", None),
    ],
)
def test_isbns_need_the_right_check_digit(identifier: str, isbn: str | None) -> None:
    """Ten or thirteen digits count only with their check digit."""
    metadata = f"{METADATA}<dc:identifier>{identifier}</dc:identifier>"

    assert read_epub(epub([("a.xhtml", "<p>x</p>")], metadata=metadata)).isbn_number == isbn


def test_a_language_that_the_package_lacks_comes_from_the_pages() -> None:
    """Without dc:language the first page's language is the document's, so its blocks carry none."""
    body = page("<p>Guten Tag</p>").replace("<html ", '<html xml:lang="de" ')

    document = read_epub(epub([("a.xhtml", body)], metadata="<dc:title>T</dc:title>"))

    assert (document.language, document.chapters[0].blocks[0].language) == ("de", None)


@pytest.mark.parametrize(
    ("item", "metadata"),
    [
        (_COVER_ITEM, METADATA),
        (_COVER_ITEM.replace(' properties="cover-image"', ""), METADATA + '<meta name="cover" content="c"/>'),
    ],
)
def test_the_cover_is_found(item: str, metadata: str) -> None:
    """EPUB 3's property and EPUB 2's meta element both name the cover."""
    content = epub([("a.xhtml", "<p>x</p>")], items=item, metadata=metadata, files={"OEBPS/cover.png": _PNG})

    cover = read_epub(content).cover

    assert cover is not None
    assert (cover.media_type, cover.content) == ("image/png", _PNG)


@pytest.mark.parametrize(
    "content",
    [b"<svg/>", _PNG + random.Random(1).randbytes(MAX_COVER_BYTES), _PNG + bytes(3_000_000)],
    ids=["svg", "huge", "bomb"],
)
def test_a_cover_that_players_cannot_show_is_left_out_and_told(content: bytes) -> None:
    """Vector images, huge ones and those that can't be unpacked are no cover; the import says so."""
    document = read_epub(
        epub([("a.xhtml", "<p>x</p>")], items=_COVER_ITEM, files={"OEBPS/cover.png": content})
    )

    assert document.cover is None
    assert [item.what for item in document.left_out] == ["the cover image"]


def test_idle_scene_breaks_are_dropped() -> None:
    """Rules at a chapter's ends, below headings, or doubled part nothing."""
    body = "<hr/><h2>I</h2><hr/><p>a</p><hr/><hr/><p>b</p><hr/>"

    blocks = read_epub(epub([("a.xhtml", body)])).chapters[0].blocks

    assert [block.kind for block in blocks] == [
        BlockKind.HEADING,
        BlockKind.PARAGRAPH,
        BlockKind.SCENE_BREAK,
        BlockKind.PARAGRAPH,
    ]


def test_notes_may_go_on_in_another_file() -> None:
    """A page without heading or entry continues the notes; after a title page it is text of its own."""
    pages = [
        ("t.xhtml", "<p>The Lamp</p>"),
        ("x.xhtml", "<p>It was lit.</p>"),
        ("n.xhtml", "<p>1. A note.</p>"),
        ("m.xhtml", "<p>2. Another.</p>"),
        ("e.xhtml", ""),
    ]

    document = read_epub(epub(pages, toc=[("Title Page", "t.xhtml"), ("Notes", "n.xhtml")]))

    assert [(c.role, c.narrated, len(c.blocks)) for c in document.chapters] == [
        ("titlepage", False, 1),
        ("chapter", True, 1),
        ("endnotes", False, 2),
    ]


def test_an_empty_file_costs_nothing() -> None:
    """A page of no bytes at all is passed over."""
    files = {
        "META-INF/container.xml": CONTAINER,
        "OEBPS/book.opf": opf(["a.xhtml", "b.xhtml"]),
        "OEBPS/a.xhtml": page("<p>One.</p>"),
        "OEBPS/b.xhtml": "",
    }

    assert _texts(read_epub(packed(files))) == [("Chapter 1", ["One."])]


def test_a_book_of_pictures_is_refused() -> None:
    """Without any text there is nothing to narrate."""
    with pytest.raises(DocumentRefused, match="holds no text"):
        read_epub(epub([("a.xhtml", '<p><img src="a.png"/></p>')]))


def test_matter_said_by_the_book_counts() -> None:
    """`frontmatter` and `backmatter` on a page's body place its chapter."""
    pages = [
        ("a.xhtml", page("<p>a</p>", attributes='epub:type="frontmatter"')),
        ("b.xhtml", page("<p>b</p>", attributes='epub:type="bodymatter"')),
        ("c.xhtml", page("<p>c</p>", attributes='epub:type="backmatter"')),
    ]

    document = read_epub(epub(pages, toc=[("A", "a.xhtml"), ("B", "b.xhtml"), ("C", "c.xhtml")]))

    assert [chapter.matter for chapter in document.chapters] == [Matter.FRONT, Matter.BODY, Matter.BACK]


_BOOK = {
    "META-INF/container.xml": CONTAINER,
    "OEBPS/book.opf": opf(["a.xhtml"]),
    "OEBPS/a.xhtml": page("<p>One.</p>"),
}


def test_a_folder_that_was_packed_as_a_whole_is_the_book() -> None:
    """A book that lies one folder down in its archive is read, whatever lies beside that folder."""
    wrapped = {f"The Lamp/{name}": content for name, content in _BOOK.items()} | {"__MACOSX/._The Lamp": b"x"}

    assert _texts(read_epub(packed(wrapped))) == [("Chapter 1", ["One."])]


def test_two_books_in_one_archive_are_refused() -> None:
    """Where several folders hold a book nobody can tell which is meant."""
    both = {f"{folder}/{name}": content for folder in ("a", "b") for name, content in _BOOK.items()}

    with pytest.raises(DocumentRefused, match="not an EPUB"):
        read_epub(packed(both))


@pytest.mark.parametrize("container", [None, CONTAINER.replace("book.opf", "gone.opf")])
def test_the_only_package_document_is_found_without_the_container(container: str | None) -> None:
    """A book whose container is missing, or names what isn't there, is read by its one package document."""
    files = {name: content for name, content in _BOOK.items() if not name.startswith("META-INF")}
    if container is not None:
        files["META-INF/container.xml"] = container

    assert _texts(read_epub(packed(files))) == [("Chapter 1", ["One."])]


def test_contents_that_name_the_wrong_folder_lead_to_the_page_of_that_name() -> None:
    """An entry finds its page by the file name, unless two pages have it."""
    pages = [
        ("text/a.xhtml", "<p>One.</p>"),
        ("text/b.xhtml", "<p>Two.</p>"),
        ("more/b.xhtml", "<p>Three.</p>"),
    ]
    toc = [("I", "A.xhtml"), ("II", "text/b.xhtml"), ("III", "b.xhtml"), ("Last", "more/b.xhtml")]

    document = read_epub(epub(pages, toc=toc))

    assert _texts(document) == [("I", ["One."]), ("II", ["Two."]), ("Last", ["Three."])]
    assert "1 " in document.left_out[0].what


def test_contents_that_name_a_file_beside_the_reading_order_lead_nowhere() -> None:
    """A page of the same name in another folder isn't what is meant."""
    files = {
        "META-INF/container.xml": CONTAINER,
        "OEBPS/book.opf": opf(
            ["en/a.xhtml", "en/b.xhtml"],
            items='<item id="nav" href="nav.xhtml" media-type="application/xhtml+xml" properties="nav"/>',
        ),
        "OEBPS/nav.xhtml": nav([("One", "en/a.xhtml"), ("Deux", "fr/b.xhtml"), ("Two", "en/B.xhtml")]),
        "OEBPS/en/a.xhtml": page("<p>One.</p>"),
        "OEBPS/en/b.xhtml": page("<p>Two.</p>"),
        "OEBPS/fr/b.xhtml": page("<p>Deux.</p>"),
    }

    document = read_epub(packed(files))

    assert _texts(document) == [("One", ["One."]), ("Two", ["Two."])]
    assert "1 " in document.left_out[0].what


def test_links_around_a_page_are_not_read() -> None:
    """A bar that leads to the pages beside this one is left out, and gives no chapter its name."""
    bar = '<div role="navigation"><h3>Navigation</h3><ul><li><a href="b.xhtml">next</a></li></ul></div>'

    document = read_epub(epub([("a.xhtml", f"{bar}<h1>Oil</h1><p>One.</p>{bar}")]))

    assert _texts(document) == [("Oil", ["Oil", "One."])]
    assert [left_out.what for left_out in document.left_out] == ["2 navigation menus (28 characters)"]


def test_a_long_chapter_is_not_silenced_by_what_its_name_may_mean() -> None:
    """Neither a chapter called "Cover", nor a book whose one file is called "notes", is left unspoken."""
    chapter, book = "<p>Oil.</p>" * 3_000, "<p>Oil.</p>" * 4_000

    cover = read_epub(
        epub([("a.xhtml", chapter), ("b.xhtml", book)], toc=[("Cover", "a.xhtml"), ("Wick", "b.xhtml")])
    )
    notes = read_epub(epub([("notes.xhtml", book)]))

    assert _roles(cover) == [("chapter", "body", True), ("chapter", "body", True)]
    assert _roles(notes) == [("chapter", "body", True)]
