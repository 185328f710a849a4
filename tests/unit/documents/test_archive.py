"""Archives built to harm, damaged, or locked are refused with a sentence; odd but honest ones are read."""

import io
import struct
import warnings
import zipfile

import pytest

from rhapsode.documents.archive import Archive
from rhapsode.documents.epub import read_epub
from rhapsode.studio.errors import DocumentRefused
from rhapsode.studio.limits import MAX_ARCHIVE_ENTRIES

from .epub_builder import CONTAINER, epub, opf, packed, page

_BOOK = epub([("a.xhtml", "<p>One.</p>")])


def _encryption(algorithm: str) -> str:
    return (
        '<encryption xmlns="urn:oasis:names:tc:opendocument:xmlns:container" xmlns:e="http://www.w3.org/2001/04/xmlenc#">'
        f'<e:EncryptedData><e:EncryptionMethod Algorithm="{algorithm}"/></e:EncryptedData></encryption>'
    )


def _overlapping() -> bytes:
    """A zip whose two directory entries point at the same stored bytes."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("a", b"x" * 100)
        archive.writestr("b", b"x" * 100)
    content = bytearray(target.getvalue())
    directory = content.index(b"PK\x01\x02", content.index(b"PK\x01\x02") + 4)
    struct.pack_into("<I", content, directory + 42, 0)
    return bytes(content)


def test_overlapping_entries_are_refused() -> None:
    """Two directory entries over the same bytes are a bomb that zipfile itself lets pass."""
    with pytest.raises(DocumentRefused, match="overlap"):
        Archive(_overlapping())


def test_a_bomb_is_refused_before_it_is_inflated() -> None:
    """An entry that inflates beyond the ratio is refused by its directory entry."""
    with pytest.raises(DocumentRefused, match="far more than a document"):
        Archive(packed({"a": bytes(50_000_000)}))


def test_a_drawing_that_is_mostly_white_is_no_bomb() -> None:
    """What nobody unpacks may be as dense as it likes, unless the whole archive is; what is read may not."""
    archive = Archive(packed({"white.emf": bytes(20_000_000), "a": b"Rain."}))

    assert archive.read("a") == b"Rain."
    with pytest.raises(DocumentRefused, match="far more than a document"):
        archive.read("white.emf")


def test_a_lying_directory_does_not_help_a_bomb() -> None:
    """Inflated bytes are counted while reading: a directory that claims less ends in an error, not in memory."""
    content = bytearray(packed({"a": bytes(50_000_000)}))
    directory = content.rindex(b"PK\x01\x02")
    struct.pack_into("<I", content, directory + 24, 1000)

    archive = Archive(bytes(content))

    with pytest.raises(DocumentRefused, match="damaged"):
        archive.read("a")


def test_too_many_entries_are_refused() -> None:
    """The number of files is limited."""
    with pytest.raises(DocumentRefused, match="far more than a document"):
        Archive(packed({f"{n}": b"" for n in range(MAX_ARCHIVE_ENTRIES)}))


def test_a_name_that_occurs_twice_is_refused() -> None:
    """It isn't clear which of two files of one name is meant, and programs disagree; unless they are the same."""
    with pytest.raises(DocumentRefused, match="twice"):
        Archive(_twice(b"1", b"2"))
    archive = Archive(_twice(b"1", b"1"))
    assert archive.names == ["a"]
    assert archive.read("a") == b"1"


def _twice(first: bytes, second: bytes) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        archive.writestr("a", first)
        archive.writestr("a", second)
    return target.getvalue()


@pytest.mark.parametrize("name", ["../evil.txt", "a/../../evil.txt", "/etc/passwd"])
def test_names_that_point_outside_are_refused(name: str) -> None:
    """No entry may climb out of the archive."""
    with pytest.raises(DocumentRefused, match="points outside"):
        Archive(packed({name: b"x"}))


def test_a_password_is_told() -> None:
    """The zip encryption flag gives its own sentence."""
    content = bytearray(_BOOK)
    place = 0
    while (place := content.find(b"PK\x01\x02", place)) >= 0:
        content[place + 8] |= 1
        place += 4

    with pytest.raises(DocumentRefused, match="password"):
        read_epub(bytes(content))


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 0.99])
def test_a_truncated_file_is_damaged(share: float) -> None:
    """A download that stopped early is told as such."""
    with pytest.raises(DocumentRefused, match="damaged or incomplete"):
        read_epub(_BOOK[: int(len(_BOOK) * share)])


def test_every_flipped_byte_is_survived() -> None:
    """Whatever single byte is wrong, the book is read or refused, and nothing else is raised."""
    outcomes = set()
    for place in range(0, len(_BOOK), 3):
        content = bytearray(_BOOK)
        content[place] ^= 0xFF
        try:
            read_epub(bytes(content))
            outcomes.add("read")
        except DocumentRefused:
            outcomes.add("refused")

    assert outcomes == {"read", "refused"}


@pytest.mark.parametrize(
    "files",
    [
        {"META-INF/encryption.xml": _encryption("http://www.w3.org/2001/04/xmlenc#aes256-cbc")},
        {"META-INF/sinf.xml": "<sinf/>"},
    ],
)
def test_drm_is_told(files: dict[str, str]) -> None:
    """Encrypted content and FairPlay are named as what they are."""
    with pytest.raises(DocumentRefused, match=r"encrypted \(DRM\)"):
        read_epub(epub([("a.xhtml", "<p>One.</p>")], files=files))


@pytest.mark.parametrize(
    "algorithm", ["http://www.idpf.org/2008/embedding", "http://ns.adobe.com/pdf/enc#RC"]
)
def test_obfuscated_fonts_are_no_drm(algorithm: str) -> None:
    """Books with obfuscated fonts have readable text."""
    files = {"META-INF/encryption.xml": _encryption(algorithm)}

    assert read_epub(epub([("a.xhtml", "<p>One.</p>")], files=files)).chapters


@pytest.mark.parametrize("href", ["../../etc/passwd", "%2e%2e/%2e%2e/etc/passwd", "x/../../../a.xhtml"])
def test_references_that_climb_out_are_refused(href: str) -> None:
    """A path that leaves the archive, percent-encoded or not, refuses the file, in manifest and contents."""
    manifest = packed({"META-INF/container.xml": CONTAINER, "OEBPS/book.opf": opf([href])})
    contents = epub([("a.xhtml", "<p>One.</p>")], toc=[("I", "a.xhtml"), ("II", href)])

    for book in (manifest, contents):
        with pytest.raises(DocumentRefused, match="outside of itself"):
            read_epub(book)


def test_names_in_another_case_or_form_are_found() -> None:
    """Tools change the case and the Unicode form of file names; the pages are found all the same."""
    files = {
        "META-INF/container.xml": CONTAINER,
        "OEBPS/book.opf": opf(["Text/Caf\u00e9%201.xhtml"]),
        "OEBPS/text/Cafe\u0301 1.xhtml": page("<p>One.</p>"),
    }

    assert read_epub(packed(files)).chapters[0].blocks[0].text == "One."


@pytest.mark.parametrize(
    ("files", "sentence"),
    [
        ({"a.txt": "x"}, "not an EPUB"),
        ({"META-INF/container.xml": CONTAINER}, "package document that container.xml names is missing"),
        ({"META-INF/container.xml": CONTAINER, "OEBPS/book.opf": opf([])}, "lists no files"),
        (
            {"META-INF/container.xml": CONTAINER, "OEBPS/book.opf": opf(["a.xhtml"])},
            "no page of its reading order",
        ),
        ({"META-INF/container.xml": "", "OEBPS/book.opf": ""}, "container.xml can't be read"),
    ],
)
def test_incomplete_books_are_refused_with_their_reason(files: dict[str, str], sentence: str) -> None:
    """Each missing file gives a sentence of its own."""
    with pytest.raises(DocumentRefused, match=sentence):
        read_epub(packed(files))
