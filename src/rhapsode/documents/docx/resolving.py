"""What Word keeps beside the text, resolved: revisions, choices, fields, hidden text, pictures, formulas.

Afterwards the tree holds what a reader of the printed document sees, in elements that mammoth knows.
"""

from lxml import etree

from rhapsode.documents import omissions
from rhapsode.documents.docx.wordml import (
    MC,
    M,
    W,
    find,
    is_on,
    paragraphs,
    remove,
    text_of,
    unwrap,
    value_of,
)
from rhapsode.documents.omissions import Tally

FORMULA_STYLE = "RhapsodeFormula"
PICTURE_RELATION = "rhapsodePicture"

_WP = "http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing"
_A = "http://schemas.openxmlformats.org/drawingml/2006/main"
_PIC = "http://schemas.openxmlformats.org/drawingml/2006/picture"
_R = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_VML = "urn:schemas-microsoft-com:vml"
_DECORATIVE = "{http://schemas.microsoft.com/office/drawing/2017/decorative}decorative"
_WRAPPERS = (
    "ins",
    "moveTo",
    "fldSimple",
    "smartTag",
    "customXml",
    "hyperlink",
    "dir",
    "bdo",
    "rubyBase",
    "ruby",
)
_FIELD_CODES = ("instrText", "fldChar", "ffData")
_ROW_OR_MARK = frozenset({f"{W}rPr", f"{W}trPr", f"{W}tcPr"})  # where a deletion is a property, not a stretch


def resolve(root: etree._Element, tally: Tally) -> None:
    """Resolve a part of the document in place; fields keep the result that they last had."""
    _choose(root)
    _drop_deletions(root, tally)
    _drop_beside_text(root, tally)
    _join_drop_caps(root)
    for box in _outermost(root, f"{W}drawing", f"{W}pict", f"{W}object"):
        _replace_drawing(box)
    for formula in _outermost(root, f"{M}oMathPara", f"{M}oMath"):
        _replace_formula(formula)
    for name in _WRAPPERS:
        for element in list(root.iter(f"{W}{name}")):
            unwrap(element)
    for element in list(root.iter(f"{W}cr")):
        element.tag = f"{W}br"


def drop_field_codes(root: etree._Element) -> None:
    """Remove what says how a field is made; its result stays."""
    for name in _FIELD_CODES:
        for element in list(root.iter(f"{W}{name}")):
            remove(element)


def _choose(root: etree._Element) -> None:
    """Of each alternative keep the modern one: it alone tells what a shape says, and both would say it twice."""
    for alternative in list(root.iter(f"{MC}AlternateContent")):
        for choice in [*alternative.findall(f"{MC}Choice")[1:], *alternative.findall(f"{MC}Fallback")]:
            if len(alternative) > 1:
                alternative.remove(choice)
        for choice in list(alternative):
            unwrap(choice)
        unwrap(alternative)


def _drop_deletions(root: etree._Element, tally: Tally) -> None:
    for element in list(root.iter(f"{W}del", f"{W}moveFrom")):
        parent = element.getparent()
        if parent is None or parent.tag in _ROW_OR_MARK:
            continue
        if element.tag == f"{W}del":
            tally.add(omissions.DELETION, _deleted_text(element))
        remove(element)


def _deleted_text(element: etree._Element) -> str:
    return "".join(
        "".join(str(piece) for piece in e.itertext()) for e in element.iter(f"{W}delText", f"{W}t")
    )


def _drop_beside_text(root: etree._Element, tally: Tally) -> None:
    for run in list(root.iter(f"{W}r")):
        if is_on(find(run, "rPr", "vanish")):
            tally.add(omissions.HIDDEN, text_of(run))
            remove(run)
    for reference in list(root.iter(f"{W}commentReference")):
        tally.add(omissions.COMMENT)
        remove(reference)
    for aid in list(root.iter(f"{W}rt")):
        tally.add(omissions.RUBY)
        remove(aid)


def _join_drop_caps(root: etree._Element) -> None:
    """Put an enlarged first letter, which Word keeps as a paragraph of its own, in front of its word."""
    for paragraph in list(paragraphs(root)):
        if value_of(find(paragraph, "pPr", "framePr"), "dropCap") not in {"drop", "margin"}:
            continue
        following = paragraph.getnext()
        if following is None or following.tag != f"{W}p":
            continue
        index = 1 if find(following, "pPr") is not None else 0
        following[index:index] = [child for child in paragraph if child.tag != f"{W}pPr"]


def _outermost(root: etree._Element, *tags: str) -> list[etree._Element]:
    """Of the elements below `root` those that stand in no other of them, whatever `root` itself stands in."""
    found = []
    events = etree.iterwalk(root, events=("start",))
    for _, element in events:
        if element is not root and element.tag in tags:
            found.append(element)
            events.skip_subtree()
    return found


def _replace_drawing(element: etree._Element) -> None:
    """A shape becomes the text in it, which mammoth reads after the paragraph, and its picture's description."""
    boxes = list(_outermost(element, f"{W}txbxContent"))
    new: list[etree._Element] = []
    if boxes:
        pict = etree.Element(f"{W}pict")
        etree.SubElement(pict, f"{{{_VML}}}textbox").extend(boxes)
        new.append(pict)
    elif not _is_decorative(element):
        new.append(_picture(_description(element)))
    parent = element.getparent()
    if parent is not None:
        index = parent.index(element)
        parent[index : index + 1] = new
    for box in boxes:
        for inner in _outermost(box, f"{W}drawing", f"{W}pict", f"{W}object"):
            _replace_drawing(inner)


def _is_decorative(element: etree._Element) -> bool:
    return any(mark.get("val") in {"1", "true"} for mark in element.iter(_DECORATIVE))


def _description(element: etree._Element) -> str:
    properties = element.iter(f"{{{_WP}}}docPr")
    said = [e.get("descr") or e.get("title") or "" for e in properties]
    said += [shape.get("alt") or "" for shape in element.iter() if str(shape.tag).startswith(f"{{{_VML}}}")]
    return next((text for text in said if text.strip()), "")


def _picture(description: str) -> etree._Element:
    """A drawing as mammoth reads it: the description counts, its image file is never opened."""
    drawing = etree.Element(f"{W}drawing")
    inline = etree.SubElement(drawing, f"{{{_WP}}}inline")
    etree.SubElement(inline, f"{{{_WP}}}docPr", descr=description)
    data = etree.SubElement(etree.SubElement(inline, f"{{{_A}}}graphic"), f"{{{_A}}}graphicData")
    fill = etree.SubElement(etree.SubElement(data, f"{{{_PIC}}}pic"), f"{{{_PIC}}}blipFill")
    etree.SubElement(fill, f"{{{_A}}}blip", {f"{{{_R}}}embed": PICTURE_RELATION})
    return drawing


def _replace_formula(element: etree._Element) -> None:
    text = " ".join("".join(str(piece) for piece in e.itertext()) for e in element.iter(f"{M}t"))
    run = etree.Element(f"{W}r")
    style = etree.SubElement(etree.SubElement(run, f"{W}rPr"), f"{W}rStyle")
    style.set(f"{W}val", FORMULA_STYLE)
    etree.SubElement(run, f"{W}t").text = text
    parent = element.getparent()
    if parent is None:
        return
    new = run
    if parent.tag in {f"{W}body", f"{W}tc"}:
        new = etree.Element(f"{W}p")
        new.append(run)
    parent.replace(element, new)
