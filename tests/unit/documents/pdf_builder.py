"""Small PDFs, written by the tests: lines at places in, bytes out."""

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 420, 595
MARGIN = 50.0
TOP = 520.0
LEADING = 14.0


@dataclass(frozen=True, slots=True)
class Put:
    """Text at a place, in points. turn: quarter turns.    spacing: points more between letters.
    before: what is done before it is drawn, such as `2 0 0 2 0 0 cm`.

    font: F1, F2 (bold), F3 (with other letters) or F4 (that names none).
    """

    text: str
    x: float = MARGIN
    y: float = TOP
    size: float = 11
    font: str = "F1"
    turn: int = 0
    spacing: float = 0
    before: str = ""


def column(
    lines: Sequence[str], *, x: float = MARGIN, y: float = TOP, size: float = 11, font: str = "F1"
) -> list[Put]:
    """Lines below each other; one that begins with a tab is indented, an empty one leaves white."""
    return [
        Put(line.strip(), x + 15 * line.startswith("\t"), y - index * LEADING, size, font)
        for index, line in enumerate(lines)
        if line
    ]


def pdf(
    pages: Sequence[Sequence[Put]],
    *,
    outline: Sequence[tuple[str, int, float, int]] = (),
    info: str = "",
    language: str = "",
    letters: str = "",
    picture: bool = False,
    encrypted: bool = False,
) -> bytes:
    """A PDF. outline: (title, page, top, depth). letters: what A, B, C... stand for in font F3."""
    objects: list[bytes] = []

    def add(body: str | bytes) -> int:
        objects.append(body.encode("cp1252") if isinstance(body, str) else body)
        return len(objects)

    def stream(content: bytes, entries: str = "") -> int:
        head = f"<< /Length {len(content)} {entries} >>\nstream\n".encode()
        return add(head + content + b"\nendstream")

    catalog, tree = add(b""), add(b"")
    fonts = [
        add(f"<< /Type /Font /Subtype /Type1 /BaseFont /{name} /Encoding /WinAnsiEncoding >>")
        for name in ("Helvetica", "Helvetica-Bold")
    ]
    meanings = stream(_meanings(letters))
    fonts.append(add(f"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /ToUnicode {meanings} 0 R >>"))
    names = " ".join(f"/g{code}" for code in range(33, 127))
    encoding = f"<< /Type /Encoding /Differences [33 {names}] >>"
    fonts.append(add(f"<< /Type /Font /Subtype /Type1 /BaseFont /Nobody /Encoding {encoding} >>"))
    image = stream(
        b"\x80",
        "/Type /XObject /Subtype /Image /Width 1 /Height 1 /BitsPerComponent 8 /ColorSpace /DeviceGray",
    )
    named = " ".join(f"/F{index} {number} 0 R" for index, number in enumerate(fonts, start=1))
    resources = f"<< /Font << {named} >> /XObject << /Im {image} 0 R >> >>"
    leaves = []
    for puts in pages:
        drawn = b"q 400 0 0 500 10 50 cm /Im Do Q\n" if picture else b""
        content = stream(drawn + b"\n".join(_drawn(put) for put in puts))
        leaves.append(
            add(
                f"<< /Type /Page /Parent {tree} 0 R /MediaBox [0 0 {WIDTH} {HEIGHT}]"
                f" /Resources {resources} /Contents {content} 0 R >>"
            )
        )
    kids = " ".join(f"{leaf} 0 R" for leaf in leaves)
    objects[tree - 1] = f"<< /Type /Pages /Kids [{kids}] /Count {len(leaves)} >>".encode()
    entries = f" /Outlines {_outline(objects, outline, leaves)} 0 R" if outline else ""
    entries += f" /Lang ({language})" if language else ""
    objects[catalog - 1] = f"<< /Type /Catalog /Pages {tree} 0 R{entries} >>".encode()
    trailer = f"/Root {catalog} 0 R /Info {add(f'<< {info} >>')} 0 R"
    if encrypted:
        secret = f"<{'5a' * 32}>"
        trailer += f" /Encrypt {add(f'<< /Filter /Standard /V 1 /R 2 /P -4 /O {secret} /U {secret} >>')} 0 R"
        trailer += " /ID [<00><00>]"
    return assembled(objects, trailer)


def assembled(objects: Sequence[bytes], trailer: str) -> bytes:
    """A file of numbered objects with its table."""
    content = b"%PDF-1.7\n"
    places = []
    for number, body in enumerate(objects, start=1):
        places.append(len(content))
        content += f"{number} 0 obj\n".encode() + body + b"\nendobj\n"
    table = "".join(f"{place:010} 00000 n \n" for place in places)
    start = len(content)
    size = len(objects) + 1
    head = f"xref\n0 {size}\n0000000000 65535 f \n{table}"
    return content + f"{head}trailer\n<< /Size {size} {trailer} >>\nstartxref\n{start}\n%%EOF\n".encode()


def _drawn(put: Put) -> bytes:
    text = put.text.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)")
    cosine, sine = ((1, 0), (0, 1), (-1, 0), (0, -1))[put.turn]
    place = f"{cosine} {sine} {-sine} {cosine} {put.x} {put.y} Tm"
    letters = f"BT {put.spacing} Tc /{put.font} {put.size} Tf {place} ({text}) Tj ET"
    return f"q {put.before} {letters} Q".encode("cp1252")


def _meanings(letters: str) -> bytes:
    pairs = "".join(f"<{65 + i:02X}> <{ord(letter):04X}>\n" for i, letter in enumerate(letters))
    return (
        "/CIDInit /ProcSet findresource begin 12 dict begin begincmap\n"
        "1 begincodespacerange <00> <FF> endcodespacerange\n"
        f"{len(letters)} beginbfchar\n{pairs}endbfchar\nendcmap end end"
    ).encode()


def _outline(
    objects: list[bytes], outline: Sequence[tuple[str, int, float, int]], leaves: Sequence[int]
) -> int:
    """Add the outline's objects, and return the number of its root."""
    root = len(objects) + 1
    numbers = [root + 1 + index for index in range(len(outline))]
    parents = [_parent(outline, index, root, numbers) for index in range(len(outline))]
    objects.append(
        f"<< /Type /Outlines {_ends([n for n, p in zip(numbers, parents, strict=True) if p == root])} >>".encode()
    )
    for index, (title, page, top, _) in enumerate(outline):
        siblings = [n for n, p in zip(numbers, parents, strict=True) if p == parents[index]]
        place = siblings.index(numbers[index])
        following = f"/Next {siblings[place + 1]} 0 R" if place + 1 < len(siblings) else ""
        children = _ends([n for n, p in zip(numbers, parents, strict=True) if p == numbers[index]])
        objects.append(
            f"<< /Title ({title}) /Parent {parents[index]} 0 R {following} {children}"
            f" /Dest [{leaves[page]} 0 R /XYZ 0 {top} 0] >>".encode("cp1252")
        )
    return root


def _parent(
    outline: Sequence[tuple[str, int, float, int]], index: int, root: int, numbers: Sequence[int]
) -> int:
    depth = outline[index][3]
    return next((numbers[i] for i in range(index - 1, -1, -1) if outline[i][3] < depth), root)


def _ends(children: Sequence[int]) -> str:
    return f"/First {children[0]} 0 R /Last {children[-1]} 0 R /Count {len(children)}" if children else ""
