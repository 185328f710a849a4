"""PDFs: words at places on pages become chapters of paragraphs."""

import zlib

import pytest

from rhapsode.documents import import_document
from rhapsode.documents.parsing import parse_document
from rhapsode.documents.pdf.characters import as_read
from rhapsode.documents.pdf.unmapped import readable
from rhapsode.processes import Limits
from rhapsode.studio.document import Document, Matter
from rhapsode.studio.errors import DocumentRefused

from .pdf_builder import TOP, Put, assembled, column, pdf

_PROSE = [
    "The lamp stood at the window all night, and its light",
    "fell over the wet stones of the yard to the gate where",
    "nobody had come or gone since the first of the month.",
]
_MORE = [
    "\tIn the morning the stones were dry. A boy came with a",
    "letter and would not wait for an answer to it, however",
    "we asked him.",
]


def _read(*pages: list[Put], **kwargs: object) -> Document:
    return parse_document(pdf(pages, **kwargs), filename="a.pdf")  # type: ignore[arg-type]


def _blocks(document: Document) -> list[tuple[str, str]]:
    return [(block.kind.value, block.text) for c in document.chapters for block in c.blocks]


def _texts(*pages: list[Put], **kwargs: object) -> list[str]:
    return [text for _, text in _blocks(_read(*pages, **kwargs))]


def test_paragraphs_begin_at_indents_and_white() -> None:
    """Lines are joined until an indent, a gap, or a line that ends although the next word would fit."""
    lines = [*_PROSE, *_MORE, "", "After the white, a new one begins without any indent, and", "goes on."]

    texts = _texts(column(lines))

    assert [text.split()[0] for text in texts] == ["The", "In", "After"]
    assert texts[0] == " ".join(_PROSE)


def test_a_paragraph_goes_on_over_pages_and_around_footnotes() -> None:
    """Headers, footers and page numbers are out and told; a footnote is a note behind its paragraph."""
    first = [*column([*_PROSE, "But one night, when the moon had not risen yet and we"])]
    first.append(Put("1", 330, TOP - 3 * 14 + 4, 6))
    note = column(["1 A new moon.", "It rose late."], y=90, size=8)
    pages = [
        [Put("The Lamp", 180, 570, 9), *body, Put(str(number), 205, 30, 9)]
        for number, body in enumerate(
            [
                [*first, *note],
                column(["slept, somebody knocked. Nobody rose, and so it ended."]),
                column(_MORE),
            ],
            start=7,
        )
    ]

    document = _read(*pages)

    assert [kind for kind, _ in _blocks(document)] == ["paragraph", "note", "paragraph"]
    assert _texts(*pages)[0].endswith("and we slept, somebody knocked. Nobody rose, and so it ended.")
    assert ("note", "1 A new moon. It rose late.") in _blocks(document)
    assert [item.what for item in document.left_out] == [
        "6 page headers, footers and numbers",
        "1 note reference",
    ]


def test_words_divided_at_line_ends_are_whole() -> None:
    """A hyphen is kept where the document writes the word with it, or a capital follows."""
    lines = ["It was a well-known light-", "house of the Franco-", "Prussian time, a well-", "known one."]

    assert _texts(column(lines)) == [
        "It was a well-known lighthouse of the Franco-Prussian time, a well-known one."
    ]


def test_two_columns_are_read_one_after_the_other() -> None:
    """Whatever order the file has them in; the title across both comes first."""
    left = [f"Left line {word} goes along" for word in ("one", "two", "three", "four", "five", "six")]
    right = [f"right line {word} goes along" for word in ("one", "two", "three", "four", "five", "six")]
    rows = [
        put for pair in zip(column(left, y=480), column(right, x=230, y=480), strict=True) for put in pair
    ]

    texts = _texts([Put("A Title over both of the columns", 50, 520, 20), *rows])

    assert texts[0] == "A Title over both of the columns"
    assert texts[1] == " ".join([*left, *right])


def test_chapters_begin_at_large_or_bold_lines() -> None:
    """The largest size that comes twice is that of chapters; smaller and bold ones divide them."""
    document = _read(
        [Put("The Lamp", 100, 400, 30), Put("Ida Strand", 100, 300, 12)],
        [
            Put("Evening", 50, 540, 18),
            *column(_PROSE),
            *column(["A Part"], y=460, font="F2"),
            *column(_PROSE, y=440),
        ],
        [Put("Morning", 50, 540, 18), *column(_PROSE)],
        language="en-GB",
        info="/Author (A. Writer)",
    )

    assert [(c.name, c.role, c.matter) for c in document.chapters] == [
        ("The Lamp", "titlepage", Matter.FRONT),
        ("Evening", "chapter", Matter.BODY),
        ("Morning", "chapter", Matter.BODY),
    ]
    assert [(b.text, b.sub_type) for b in document.chapters[1].blocks if b.sub_type != "p"] == [
        ("Evening", "h1"),
        ("A Part", "h2"),
    ]
    assert (document.title, document.author, document.language) == ("The Lamp", "A. Writer", "en-GB")


def test_an_outline_names_the_chapters() -> None:
    """Where most of its titles stand at the places it names."""
    pages = [
        [*column(["Evening"], y=540, font="F2"), *column(_PROSE)],
        [
            *column(["2 Morning"], y=540, font="F2"),
            *column(_PROSE),
            *column(["Noon"], y=440, font="F2"),
            *column(_PROSE, y=420),
        ],
    ]
    outline = [("Evening", 0, 560, 0), ("Morning", 1, 560, 0), ("Noon", 1, 455, 1)]

    document = _read(*pages, outline=outline)

    assert [chapter.name for chapter in document.chapters] == ["Evening", "Morning"]
    assert [(b.text, b.sub_type) for b in document.chapters[1].blocks if b.sub_type != "p"] == [
        ("2 Morning", "h1"),
        ("Noon", "h2"),
    ]


@pytest.mark.parametrize("size", [0, -11, 0.001])
def test_letters_of_any_size_are_read(size: float) -> None:
    """Also those that have none, or stand on their heads by a negative one."""
    document = _read([*column(_PROSE, y=500), Put("Harbour", y=300, size=size, spacing=1)])

    assert "Harbour" in " ".join(block.text for chapter in document.chapters for block in chapter.blocks)


def test_letters_beyond_all_bounds_are_read() -> None:
    """A page that is enlarged again and again has them at no place that can be told."""
    far = Put("Harbour", y=300, before="9 0 0 9 5 5 cm " * 60)

    document = _read([*column(_PROSE, y=500), far])

    assert "Harbour" in " ".join(block.text for chapter in document.chapters for block in chapter.blocks)


def test_half_a_character_in_a_title_costs_no_book() -> None:
    """Of titles in UTF-16, as careless or damaged files have them, the rest is read."""
    pages = [[*column([name], y=540, font="F2"), *column(_PROSE)] for name in ("Evening", "Morning")]
    half = "\\376\\377\\000{}\\330\\000"
    outline = [(half.format("E"), 0, 560, 0), ("Morning", 1, 560, 0)]

    document = _read(
        *pages, outline=outline, info=f"/Title ({half.format('L')}) /Author ({half.format('A')})"
    )

    assert [chapter.name for chapter in document.chapters][1:] == ["Morning"]
    assert (document.title or "").startswith("L")
    assert (document.author or "").startswith("A")


def test_parts_of_an_outline_are_not_its_chapters() -> None:
    """Below "Part One" stand the chapters, and its own line introduces the first of them."""
    pages = [
        [Put("Part One", 100, 400, 24)],
        [Put("Evening", 50, 540, 18), *column(_PROSE)],
        [Put("Night", 50, 540, 18), *column(_PROSE)],
        [Put("Part Two", 100, 400, 24)],
        [Put("Morning", 50, 540, 18), *column(_PROSE)],
    ]
    outline = [
        ("Part One", 0, 430, 0),
        ("Evening", 1, 560, 1),
        ("Night", 2, 560, 1),
        ("Part Two", 3, 430, 0),
        ("Morning", 4, 560, 1),
    ]

    document = _read(*pages, outline=outline)

    assert [chapter.name for chapter in document.chapters] == ["Evening", "Night", "Morning"]
    assert document.chapters[2].blocks[0].text == "Part Two"


def test_an_outline_that_says_something_else_is_not_believed() -> None:
    """Then the headings that are printed name the chapters."""
    pages = [[Put(name, 50, 540, 18), *column(_PROSE)] for name in ("Evening", "Morning")]

    document = _read(*pages, outline=[("Slide 1", 0, 560, 0), ("Slide 2", 1, 560, 0)])

    assert [chapter.name for chapter in document.chapters] == ["Evening", "Morning"]


def test_chapters_are_found_by_their_words() -> None:
    """Where neither size nor outline tells them, a line that says "Chapter 2" does."""
    pages = [column([f"Chapter {number}", "", *_PROSE]) for number in (1, 2)]

    assert [chapter.name for chapter in _read(*pages).chapters] == ["Chapter 1", "Chapter 2"]


def test_contents_are_silent() -> None:
    """The printed table of contents is a chapter of its own that nobody hears unless they ask."""
    document = _read(
        [
            Put("Contents", 50, 540, 18),
            *column(["Evening . . . . . . . . . 2", "Morning . . . . . . . . . 3"]),
        ],
        [Put("Evening", 50, 540, 18), *column(_PROSE)],
        [Put("Morning", 50, 540, 18), *column(_PROSE)],
    )

    assert [(c.name, c.narrated) for c in document.chapters] == [
        ("Contents", False),
        ("Evening", True),
        ("Morning", True),
    ]


def test_letters_are_told_from_their_shapes() -> None:
    """Ligatures are taken apart and shaped Arabic letters are plain ones, in reading order; exponents stay."""
    ligatures = [Put("A", 50, TOP, 11, "F3"), Put("rst", 59, TOP)]
    # Drawn from left to right as a page shows them: beh at its end, then yeh, then hah at the beginning.
    arabic = [Put("ABC", 50, TOP, 11, "F3")]

    assert _texts(ligatures, letters="\ufb01")[0].replace(" ", "") == "first"
    assert _texts(arabic, letters="\ufe90\ufef4\ufea3") == ["حيب"]
    assert as_read("m\u00b2 \u2026 \u00bd \ufb02") == "m\u00b2 \u2026 \u00bd fl"


def test_drop_caps_belong_to_their_words() -> None:
    """A large letter over three lines begins the first of them."""
    lines = [
        "nce the lamp stood at the window, and its light fell",
        "over the stones of the yard to the gate where no one",
        "had come or gone.",
    ]
    body = [Put(text, 88, TOP - i * 14) for i, text in enumerate(lines)]

    assert _texts([Put("O", 50, TOP - 28, 46), *body])[0].startswith("Once the lamp stood")


def test_rows_items_captions_and_breaks_are_typed() -> None:
    """A table's rows, a list's items, a picture's caption and an ornament."""
    rows = [
        put
        for i, cells in enumerate([("Year", "Rain", "Snow"), ("1900", "much", "none")])
        for put in [Put(cell, 50 + 110 * j, 400 - 14 * i) for j, cell in enumerate(cells)]
    ]
    page = [
        *column(_PROSE),
        *column(["• a lamp", "• a gate", "1. the first"], y=460),
        *rows,
        *column(["Figure 2: the yard"], y=350),
        *column(["* * *"], x=200, y=320),
        *column(_PROSE, y=290),
    ]

    assert [pair for pair in _blocks(_read(page)) if pair[0] != "paragraph"] == [
        ("list_item", "a lamp"),
        ("list_item", "a gate"),
        ("list_item", "1. the first"),
        ("table", "Year, Rain, Snow"),
        ("table", "1900, much, none"),
        ("caption", "Figure 2: the yard"),
        ("scene_break", ""),
    ]


def test_turned_pages_are_read_and_turned_words_are_told() -> None:
    """A page that lies on its side is text; a stamp in the margin isn't."""
    sideways = [Put(line, 100 + 14 * i, 50, turn=1) for i, line in enumerate(_PROSE)]

    assert _texts(sideways) == [" ".join(_PROSE)]
    stamped = _read([*column(_PROSE), Put("STAMP 2020", 20, 200, 14, turn=1)])
    assert [item.what for item in stamped.left_out] == ["2 words that stand sideways"]


def test_rows_alone_are_kept() -> None:
    """A page may hold a table and nothing else."""
    rows = [Put(cell, 50 + 110 * j, 400 - 14 * i) for i in range(2) for j, cell in enumerate(("a", "b", "c"))]

    assert _texts(rows) == ["a, b, c", "a, b, c"]


def test_letters_of_fonts_that_name_none_are_read() -> None:
    """Their codes are text where they look like it, and numbers of glyphs elsewhere."""
    assert _texts(column(_PROSE, font="F4")) == [" ".join(_PROSE)]
    shifted = "".join(chr(ord(letter) - 29) for letter in _PROSE[0] if letter.isalpha())
    with pytest.raises(DocumentRefused, match="holds no text"):
        _read([Put(shifted, font="F4")])


def test_what_stands_beyond_the_page_is_told() -> None:
    """Printers' notes and frames that are wound off aren't text, unless all of it is such."""
    document = _read([*column(_PROSE), Put("book.qxd 12", y=TOP + 200), Put("wound", y=-100)])

    assert [block.text for chapter in document.chapters for block in chapter.blocks] == [" ".join(_PROSE)]
    assert [item.what for item in document.left_out] == ["3 words beyond the edges of their pages"]
    assert _texts(column(_PROSE, y=-100)) == [" ".join(_PROSE)]


def test_codes_beyond_all_characters_are_none() -> None:
    """A damaged font may have codes of three bytes, which no letter has."""
    assert readable((index, 0xE0E0E0, b"Wide") for index in range(20)) == set()


def test_scans_and_locked_files_are_refused() -> None:
    """A page that is only a picture is told about; a file of nothing else can't be read."""
    with pytest.raises(DocumentRefused, match=r"holds no text\. Its pages may be pictures"):
        _read([], [], picture=True)
    with pytest.raises(DocumentRefused, match="encrypted with a password"):
        _read(column(_PROSE), encrypted=True)
    with pytest.raises(DocumentRefused, match="is damaged"):
        parse_document(b"%PDF-1.7\nnothing else", filename="a.pdf")
    assert [item.what for item in _read(column(_PROSE), []).left_out] == ["1 page without text"]


def test_a_bomb_ends_with_the_child() -> None:
    """A page of a few kilobytes that unpacks to a gigabyte is refused with a sentence, and nothing else happens."""
    packer = zlib.compressobj(9)
    piece = packer.compress(b"(x) Tj " * 150_000) + packer.flush(zlib.Z_FULL_FLUSH)
    content = zlib.compress(piece[:2] + piece[2:] * 1000)
    head = f"<< /Length {len(content)} /Filter [/FlateDecode /FlateDecode] >>\nstream\n".encode()
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 99 99] /Contents 4 0 R >>",
        head + content + b"\nendstream",
    ]
    limits = Limits(memory_bytes=500 * 2**20, cpu_s=20, wall_s=20)

    with pytest.raises(DocumentRefused, match=r"it made the reader fail|of memory"):
        import_document(assembled(objects, "/Root 1 0 R"), filename="a.pdf", limits=limits)
