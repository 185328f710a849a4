"""The example book is what its sources say, and a sound EPUB."""

import importlib.util
import shutil
import zipfile
from pathlib import Path
from types import ModuleType
from urllib.parse import urldefrag
from xml.etree import ElementTree

import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"
EPUB = EXAMPLES / "the-lamp-keepers.epub"
CONTENT = "EPUB/"
OPF = "{http://www.idpf.org/2007/opf}"
XML_LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"


@pytest.fixture(scope="module")
def build() -> ModuleType:
    """The script that builds the example."""
    specification = importlib.util.spec_from_file_location("examples_build", EXAMPLES / "build.py")
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def book() -> dict[str, bytes]:
    """Every file of the committed EPUB, in the archive's order."""
    with zipfile.ZipFile(EPUB) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def elements(book: dict[str, bytes], name: str) -> list[ElementTree.Element]:
    """All elements of one XML file of the book, in document order."""
    return list(ElementTree.fromstring(book[name]).iter())


def documents(book: dict[str, bytes]) -> list[str]:
    """The names of the book's XHTML files."""
    return [name for name in book if name.endswith(".xhtml")]


def test_committed_epub_is_what_its_sources_build(build: ModuleType) -> None:
    """The committed book equals, byte for byte, what the build script makes of its sources."""
    assert EPUB.read_bytes() == build.build_epub(build.BOOK)


def test_build_does_not_depend_on_the_clock(build: ModuleType, tmp_path: Path) -> None:
    """Copied files with other times and modes build the same bytes, and a changed file builds others."""
    copy = tmp_path / "copy"
    shutil.copytree(build.BOOK, copy, copy_function=shutil.copyfile)
    page = copy / "EPUB" / "dedication.xhtml"
    page.chmod(0o600)
    assert build.build_epub(copy) == build.build_epub(build.BOOK)

    page.write_bytes(page.read_bytes().replace(b"ladder", b"lantern"))
    assert build.build_epub(copy) != build.build_epub(build.BOOK)


def test_container_opens_as_an_epub() -> None:
    """The first entry is the media type, uncompressed and at the offset where readers look for it."""
    head = EPUB.read_bytes()[:58]

    assert head[:4] == b"PK\x03\x04"
    assert head[30:58] == b"mimetypeapplication/epub+zip"


def test_manifest_lists_exactly_the_files_that_are_there(book: dict[str, bytes]) -> None:
    """Every content file is in the manifest once, and every manifest item is a file."""
    items = [
        CONTENT + element.attrib["href"]
        for element in elements(book, "EPUB/package.opf")
        if element.tag == OPF + "item"
    ]

    assert sorted(items) == sorted(n for n in book if n.startswith(CONTENT) and not n.endswith(".opf"))


def test_every_link_leads_somewhere(book: dict[str, bytes]) -> None:
    """Links, images and contents name files of the book and, after a `#`, an id that is in the file."""
    for name in [*documents(book), "EPUB/toc.ncx"]:
        for element in elements(book, name):
            target = element.attrib.get("href") or element.attrib.get("src")
            if target is None:
                continue
            file, fragment = urldefrag(target)
            address = CONTENT + file if file else name
            assert address in book, (name, target)
            if fragment:
                assert fragment in {e.attrib.get("id") for e in elements(book, address)}, (name, target)


def test_foreign_paragraphs_name_their_language(book: dict[str, bytes]) -> None:
    """The letter's three paragraphs, and nothing else of the story, are marked as French."""
    french = [
        "".join(element.itertext())
        for name in documents(book)
        for element in elements(book, name)
        if element.tag.endswith("}p") and element.attrib.get(XML_LANGUAGE) == "fr"
    ]

    assert [text.split()[0] for text in french] == ["Monsieur,", "Ce", "Votre"]


def test_no_image_is_without_words(book: dict[str, bytes]) -> None:
    """Each picture carries alternative text that says what is in it."""
    pictures = [e for name in documents(book) for e in elements(book, name) if e.tag.endswith("}img")]

    assert len(pictures) == 2
    assert all(len(picture.attrib["alt"]) > 40 for picture in pictures)
