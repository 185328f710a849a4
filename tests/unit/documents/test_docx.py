"""Word documents: what a reader of the printed pages sees becomes chapters of typed blocks."""

import pytest

from rhapsode.documents.docx import read_docx
from rhapsode.documents.parsing import parse_document
from rhapsode.studio.document import BlockKind, Document, Matter
from rhapsode.studio.errors import DocumentRefused

from .docx_builder import NAMES, PAGE_BREAK, docx, item, level, notes, numbering, para, run

_BULLETS = level(0, "bullet", "•")
_DECIMAL = level(0, "decimal", "%1.") + level(1, "lowerLetter", "%2)")
_PICTURE = '<w:r><w:drawing><wp:inline><wp:docPr id="1" descr="{}"/></wp:inline></w:drawing></w:r>'


def _read(body: str, **kwargs: object) -> Document:
    return parse_document(docx(body, **kwargs), filename="a.docx")  # type: ignore[arg-type]


def _blocks(document: Document) -> list[tuple[str, str]]:
    return [(block.kind.value, block.text) for c in document.chapters for block in c.blocks]


def _texts(body: str, **kwargs: object) -> list[str]:
    return [text for _, text in _blocks(_read(body, **kwargs))]


def test_chapters_begin_at_heading_styles_whatever_they_are_called() -> None:
    """Styles count by their built-in name, by the style they are based on, and by outline level."""
    outline = '<w:outlineLvl w:val="0"/>'
    document = _read(
        para("Rain", style="berschrift1")
        + para("It rained.")
        + para("Snow", style="Chapter")
        + para("It snowed.")
        + para("Hail", properties=outline)
        + para("Small", style="H2")
        + para("It hailed.")
    )

    assert [chapter.name for chapter in document.chapters] == ["Rain", "Snow", "Hail"]
    assert [(b.text, b.sub_type) for b in document.chapters[2].blocks] == [
        ("Hail", "h1"),
        ("Small", "h2"),
        ("It hailed.", "p"),
    ]


def test_parts_are_not_chapters() -> None:
    """What stands below "Part One" are the chapters, and its heading introduces the first of them."""
    document = _read(
        para("Part One", style="berschrift1")
        + para("Rain", style="H2")
        + para("It rained.")
        + para("Snow", style="H2")
        + para("It snowed.")
        + para("Part Two", style="berschrift1")
        + para("Hail", style="H2")
        + para("It hailed.")
    )

    assert [chapter.name for chapter in document.chapters] == ["Rain", "Snow", "Hail"]
    assert [block.text for block in document.chapters[2].blocks] == ["Part Two", "Hail", "It hailed."]


def test_centred_lines_make_chapters_where_no_style_does() -> None:
    """A line that only says "Chapter 2" is a heading, and a title below it belongs to it."""
    centred = '<w:jc w:val="center"/>'
    document = _read(
        para("Chapter 1", properties=centred)
        + para("The Storm", properties=centred)
        + para("It began at night.")
        + para("Chapter 2", properties=centred)
        + para("THE CALM", properties=centred)
        + para("It ended in the morning.")
    )

    assert [chapter.name for chapter in document.chapters] == ["Chapter 1 The Storm", "Chapter 2 THE CALM"]
    assert _blocks(document)[:2] == [("heading", "Chapter 1 The Storm"), ("paragraph", "It began at night.")]


@pytest.mark.parametrize(
    "break_",
    [PAGE_BREAK, para(properties="<w:sectPr/>"), para("<w:r><w:br w:type='page'/></w:r>")],
    ids=["page", "section", "run"],
)
def test_page_breaks_make_chapters_where_nothing_else_does(break_: str) -> None:
    """A page that the author began makes a chapter, and a short line on top names it."""
    document = _read(
        f"{para('Rain')}{para('It rained.')}{break_}{para('Snow')}{para('It snowed.')}{break_}{para('It froze.')}"
    )

    assert [chapter.name for chapter in document.chapters] == ["Rain", "Snow", "Chapter 3"]
    assert _blocks(document)[0] == ("heading", "Rain")


def test_a_page_break_in_a_sentence_makes_none() -> None:
    """Programs that break every page leave sentences unfinished, and those go on."""
    begin = "It rained so long that the river at the end of our garden rose above the wall and came up to"
    document = _read(para(begin) + PAGE_BREAK + para("the house. We left."))

    assert len(document.chapters) == 1


def test_a_title_page_and_the_notes_are_told_apart() -> None:
    """The title's page is silent in front, footnotes are silent behind, each with its number."""
    reference = '<w:r><w:footnoteReference w:id="2"/></w:r>'
    document = _read(
        para("The Lamp", style="Title")
        + para("Ida Strand")
        + para("One", style="berschrift1")
        + para(run("It shone.") + reference)
        + para("Two", style="berschrift1")
        + para("It went out."),
        parts={"word/footnotes.xml": notes("footnote", {2: "A small one."})},
    )

    assert [(c.name, c.role, c.matter, c.narrated) for c in document.chapters] == [
        ("The Lamp", "titlepage", Matter.FRONT, False),
        ("One", "chapter", Matter.BODY, True),
        ("Two", "chapter", Matter.BODY, True),
        ("Notes", "endnotes", Matter.BACK, False),
    ]
    assert _blocks(document)[3] == ("paragraph", "It shone.")
    assert _blocks(document)[-1] == ("note", "1. A small one.")
    assert [item.what for item in document.left_out] == ["1 note reference"]


def test_tracked_changes_are_resolved_and_comments_dropped() -> None:
    """Insertions stay, deletions and comments go, a deleted paragraph end joins two, and all is told."""
    joined = "<w:rPr><w:del w:id='9'/></w:rPr>"
    document = _read(
        para(
            run("The ")
            + "<w:del><w:r><w:delText>old</w:delText></w:r></w:del>"
            + f"<w:ins>{run('new')}</w:ins>"
            + run(" lamp")
            + "<w:moveFrom>"
            + run(" gone")
            + "</w:moveFrom>"
            + '<w:r><w:commentReference w:id="1"/></w:r>'
        )
        + para("First half ", properties=joined)
        + para("and second.")
    )

    assert _blocks(document) == [("paragraph", "The new lamp"), ("paragraph", "First half and second.")]
    assert [left.what for left in document.left_out] == ["deleted stretch (3 characters)", "1 comment"]


def test_numbers_of_lists_are_told_where_they_are_needed() -> None:
    """An ordinary list is heard in its order; one that goes on after a paragraph tells its numbers."""
    texts = _texts(
        item("Rain", 1)
        + item("hard", 1, depth=1)
        + item("Snow", 1)
        + para("Between.")
        + item("Hail", 1)
        + item("soft", 1, depth=1)
        + item("Leaf", 2),
        parts={"word/numbering.xml": numbering(_DECIMAL, _BULLETS)},
    )

    assert texts == ["Rain", "hard", "Snow", "Between.", "3. Hail", "soft", "Leaf"]


@pytest.mark.parametrize(
    ("form", "template", "label"),
    [
        ("decimal", "Chapter %1:", "Chapter 3:"),
        ("upperRoman", "Part %1", "Part III"),
        ("lowerLetter", "(%1)", "(c)"),
        ("ordinal", "%1.", "3."),
        ("bullet", "•", ""),
    ],
)
def test_the_numbers_of_headings_are_part_of_their_names(form: str, template: str, label: str) -> None:
    """Word shows them without storing them."""
    style = (
        '<w:style w:type="paragraph" w:styleId="N"><w:name w:val="heading 1"/>'
        '<w:pPr><w:numPr><w:numId w:val="1"/></w:numPr></w:pPr></w:style>'
    )
    document = _read(
        para("Rain", style="N") + para("It rained."),
        styles=style,
        parts={"word/numbering.xml": numbering(level(0, form, template, start=3, style="N"))},
    )

    assert document.chapters[0].name == f"{label} Rain".strip()


def test_kinds_of_blocks() -> None:
    """Quotations, verse, captions, formulas, descriptions of pictures and items are typed as in HTML."""
    formula = "<m:oMathPara><m:oMath><m:r><m:t>a+b</m:t></m:r></m:oMath></m:oMathPara>"
    blocks = _blocks(
        _read(
            para("He said so.", style="Quote")
            + para("Roses are red,", style="Verse")
            + para("violets are blue.", style="Verse")
            + para(style="Verse")
            + para("Lamps are lit.", style="Verse")
            + para(_PICTURE.format("A lamp."))
            + para("Figure 1: the lamp", style="Caption")
            + para(formula)
            + para("* * *")
            + para(run("H") + run("2", '<w:vertAlign w:val="subscript"/>') + run("O")),
        )
    )

    assert blocks == [
        ("quote", "He said so."),
        ("verse", "Roses are red,\nviolets are blue."),
        ("verse", "Lamps are lit."),
        ("alternative_text", "A lamp."),
        ("caption", "Figure 1: the lamp"),
        ("formula", "a+b"),
        ("scene_break", ""),
        ("paragraph", "H2O"),
    ]


def test_tables_are_read_row_by_row() -> None:
    """With the headings that their first row gives, by mark or by its bold letters."""

    def row(*cells: str, bold: bool = False) -> str:
        weight = "<w:b/>" if bold else ""
        return "<w:tr>" + "".join(f"<w:tc>{para(run(c, weight))}</w:tc>" for c in cells) + "</w:tr>"

    table = f"<w:tbl>{row('Year', 'Rain', bold=True)}{row('1900', 'much')}{row('1901', 'little')}</w:tbl>"

    assert _blocks(_read(table + para("So it was.")))[:2] == [
        ("table", "Year: 1900; Rain: much"),
        ("table", "Year: 1901; Rain: little"),
    ]


def test_text_boxes_fields_and_links_are_read_once() -> None:
    """Each alternative of a shape says the same; a field's last result is its text."""
    box = f"<w:txbxContent>{para('In the box.')}</w:txbxContent>"
    shape = (
        "<w:r><mc:AlternateContent><mc:Choice Requires='wps'><w:drawing><wp:anchor><wps:txbx>"
        f"{box}</wps:txbx></wp:anchor></w:drawing></mc:Choice><mc:Fallback><w:pict><v:textbox>{box}</v:textbox>"
        "</w:pict></mc:Fallback></mc:AlternateContent></w:r>"
    )
    field = f"<w:fldSimple w:instr='DATE'>{run('Monday')}</w:fldSimple>"
    link = f'<w:hyperlink w:anchor="x">{run(" here")}</w:hyperlink>'

    assert _texts(para(run("On ") + field + link + shape)) == ["On Monday here", "In the box."]


def test_boxes_and_pictures_in_boxes_are_read_once() -> None:
    """A text box may hold a picture and another box; a picture in it has no file that anybody looks for."""
    inner = (
        f"<w:r><w:pict><v:textbox><w:txbxContent>{para('Inside.')}</w:txbxContent></v:textbox></w:pict></w:r>"
    )
    picture = (
        '<w:r><w:drawing><wp:inline><wp:docPr id="1" descr="A lamp"/><a:graphic'
        ' xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"><a:graphicData><pic:pic'
        ' xmlns:pic="http://schemas.openxmlformats.org/drawingml/2006/picture"><pic:blipFill><a:blip r:embed="r9"'
        ' xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"/></pic:blipFill></pic:pic>'
        "</a:graphicData></a:graphic></wp:inline></w:drawing></w:r>"
    )
    box = f"<w:txbxContent>{para('Box.')}{para(picture)}{para(inner)}</w:txbxContent>"
    shape = f"<w:r><w:pict><v:textbox>{box}</v:textbox></w:pict></w:r>"

    assert sorted(_texts(para(run("Text.") + shape))) == ["A lamp", "Box.", "Inside.", "Text."]


def test_words_around_a_break_are_two() -> None:
    """A break of a page or column parts words, as one of a line does."""
    broken = (
        '<w:r><w:t>the</w:t><w:br w:type="page"/><w:t>lamp</w:t><w:br w:type="column"/><w:t>here</w:t></w:r>'
    )

    assert _texts(para(broken)) == ["the lamp here"]


def test_what_is_not_read_is_told() -> None:
    """Hidden text, contents and pictures without words are left out, and the report says so."""
    document = _read(
        para("Contents", style="berschrift1")
        + para("Rain 1", style="TOC1")
        + para("Rain", style="berschrift1")
        + para(run("It rained.") + run("secret", "<w:vanish/>") + _PICTURE.format(""))
    )

    assert _blocks(document) == [("heading", "Rain"), ("paragraph", "It rained.")]
    assert [item.what for item in document.left_out] == [
        "hidden text (6 characters)",
        "navigation menu (14 characters)",
        "1 picture without a description",
    ]


def test_drop_caps_belong_to_their_words() -> None:
    """Word keeps them as paragraphs of their own."""
    cap = '<w:framePr w:dropCap="drop" w:lines="3"/>'

    assert _texts(para("O", properties=cap) + para("nce it rained.")) == ["Once it rained."]


def test_properties_and_languages() -> None:
    """Title, author and language come from the core properties, stretches in another language are marked."""
    document = _read(
        para("It rained all day long.") + para(run("Es regnete.", '<w:lang w:val="de-DE"/>')),
        properties="<dc:title>The Lamp</dc:title><dc:creator>Ida Strand</dc:creator>",
    )

    assert (document.title, document.author, document.language) == ("The Lamp", "Ida Strand", "en-GB")
    assert [block.language for block in document.chapters[0].blocks] == [None, "de-DE"]


def test_the_strict_form_and_other_paths_are_read() -> None:
    """A document is found by its package's relations, in both forms of the format."""
    moved = docx(para("It rained."), main="content/main.xml")
    document = parse_document(moved, filename="upload", trust_name=False)
    body = f"<w:document {NAMES}><w:body>{para('It snowed.')}</w:body></w:document>".replace(
        "http://schemas.openxmlformats.org/wordprocessingml/2006/main",
        "http://purl.oclc.org/ooxml/wordprocessingml/main",
    )

    assert _blocks(document) == [("paragraph", "It rained.")]
    assert _texts("", parts={"word/document.xml": body}) == ["It snowed."]


def _deep(depth: int, name: str) -> str:
    """A text part with a paragraph deep inside."""
    inside = f"<{name}>" * depth + para("x") + f"</{name}>" * depth
    return f"<w:document {NAMES}><w:body>{inside}</w:body></w:document>"


_NAMELESS_NOTE = f"<w:footnotes {NAMES}><w:footnote>{para('x')}</w:footnote></w:footnotes>"


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (docx("", parts={"word/document.xml": '<!DOCTYPE w [<!ENTITY a "b">]><w>&a;</w>'}), "XML entities"),
        (docx("", parts={"word/styles.xml": '<!DOCTYPE w [<!ENTITY a "b">]><w>&a;</w>'}), "XML entities"),
        (docx("", parts={"word/document.xml": "<x/>"}), "no text part"),
        (docx(""), "holds no text"),
        (docx(para("x"), parts={"word/footnotes.xml": _NAMELESS_NOTE}), "contradict each other"),
        (docx("", parts={"word/document.xml": _deep(300, "w:x")}), "nested too deeply"),
        (docx("", parts={"word/document.xml": _deep(230, "w:tc")}), "nested too deeply"),
        (docx("", parts={"word/document.xml": b"<w>" + b" " * 40_000_000 + b"</w>"}), "unpack to far more"),
    ],
    ids=["entity", "entity in styles", "no body", "empty", "note without a name", "deep", "deep tables", "bomb"],
)  # fmt: skip
def test_hostile_and_damaged_documents_are_refused(content: bytes, sentence: str) -> None:
    """Each with a sentence about itself."""
    with pytest.raises(DocumentRefused, match=sentence):
        parse_document(content, filename="a.docx")


def test_a_text_without_end_is_refused_at_once() -> None:
    """Before anything is made of it."""
    words = "".join(f"{number} " for number in range(300_000))
    body = "".join(f"<w:p><w:r><w:t>{words}</w:t></w:r></w:p>" for _ in range(11))

    with pytest.raises(DocumentRefused, match="more than 20,000,000 characters"):
        _read(body)


def test_a_table_alone_is_kept() -> None:
    """It isn't narrated unless somebody asks, and it isn't lost."""
    table = f"<w:tbl><w:tr><w:tc>{para('a')}</w:tc><w:tc>{para('b')}</w:tc></w:tr></w:tbl>"

    assert [block.kind for block in _read(table).chapters[0].blocks] == [BlockKind.TABLE]


@pytest.mark.parametrize(
    "wrong",
    [
        '<w:footnoteReference w:id="77"/><w:endnoteReference/>',
        '<w:sym w:font="Wingdings" w:char="zz"/><w:sym/>',
    ],
)
def test_what_other_programs_get_wrong_costs_nothing_else(wrong: str) -> None:
    """References to notes that aren't there, and symbols that are none, are passed over."""
    document = read_docx(docx(f"<w:p><w:r><w:t>One.</w:t>{wrong}</w:r></w:p>"))

    assert [block.text for chapter in document.chapters for block in chapter.blocks] == ["One."]


@pytest.mark.parametrize("columns", ["x", "-1", "100000000"])
def test_a_cell_of_impossible_width_is_a_cell(columns: str) -> None:
    """A table is read whatever its cells say of their width."""
    cell = f'<w:tc><w:tcPr><w:gridSpan w:val="{columns}"/></w:tcPr>{para("One.")}</w:tc>'
    document = read_docx(docx(para("Before.") + f"<w:tbl><w:tr>{cell}</w:tr></w:tbl>"))

    assert "One." in [block.text for chapter in document.chapters for block in chapter.blocks]


def test_letters_that_count_too_far_are_numbers() -> None:
    """A list that starts at a billion has no label of forty million letters."""
    lists = numbering(level(0, "lowerLetter", "%1", start=999_999_999))
    document = read_docx(docx(item("One.", 1), parts={"word/numbering.xml": lists}))

    assert document.chapters[0].blocks[0].text == "999999999 One."
