"""What can't be done is refused in one sentence, on standard error, with exit status 1."""

import shutil
import zipfile
from pathlib import Path

import pytest

from .program import Rhapsode

pytestmark = pytest.mark.slow

ENCRYPTION = """\
<encryption xmlns="urn:oasis:names:tc:opendocument:xmlns:container" xmlns:enc="http://www.w3.org/2001/04/xmlenc#">
  <enc:EncryptedData>
    <enc:EncryptionMethod Algorithm="http://www.w3.org/2001/04/xmlenc#aes256-cbc"/>
    <enc:CipherData><enc:CipherReference URI="EPUB/chapter-1.xhtml"/></enc:CipherData>
  </enc:EncryptedData>
</encryption>
"""


def refusal(rhapsode: Rhapsode, *arguments: str | Path, **variables: str) -> str:
    """The sentence with which narrating is refused; nothing is written then, and nothing stored."""
    before = {path: path.stat().st_mtime_ns for path in rhapsode.folder.rglob("*")}
    finished = rhapsode.run("narrate", *arguments, **variables)
    after = {path: path.stat().st_mtime_ns for path in rhapsode.folder.rglob("*")}
    assert finished.output == ""
    assert before == after
    return finished.error


def refusal_of_voice(rhapsode: Rhapsode, *arguments: str | Path, **variables: str) -> str:
    """The same where the data directory, which knows the voices, is opened for it: it stays empty."""
    finished = rhapsode.run("narrate", *arguments, **variables)
    assert finished.output == ""
    assert [path for path in rhapsode.data.glob("blobs/**/*") if path.is_file()] == []
    assert list(rhapsode.folder.glob("*.zip")) == []
    return finished.error


def test_empty_file(rhapsode: Rhapsode) -> None:
    """A file without a byte is called empty."""
    assert refusal(rhapsode, rhapsode.write("book.epub", "")) == "The file is empty."


def test_encrypted_epub(rhapsode: Rhapsode, example: Path) -> None:
    """A copy-protected book is refused with the reason and a way out."""
    book = rhapsode.folder / "locked.epub"
    shutil.copy(example, book)
    with zipfile.ZipFile(book, "a") as opened:
        opened.writestr("META-INF/encryption.xml", ENCRYPTION)

    assert refusal(rhapsode, book).startswith("The EPUB is encrypted (DRM)")


def test_truncated_epub(rhapsode: Rhapsode, example: Path) -> None:
    """Half a book is called damaged."""
    book = rhapsode.folder / "half.epub"
    book.write_bytes(example.read_bytes()[:30_000])

    assert refusal(rhapsode, book).startswith("The file is damaged or incomplete")


def test_ten_megabytes_in_one_paragraph(rhapsode: Rhapsode) -> None:
    """A paragraph of 10 MB is imported whole."""
    book = rhapsode.write("endless.txt", "word " * 2_000_000)

    finished = rhapsode.run("narrate", book, "--list")

    assert finished.exit_status == 0, finished
    assert "9,999,999" in finished.output.splitlines()[-1]


def test_missing_file(rhapsode: Rhapsode) -> None:
    """A book that isn't there is named."""
    assert refusal(rhapsode, "nowhere.epub") == "nowhere.epub can't be read: No such file or directory."


def test_folder_as_book(rhapsode: Rhapsode) -> None:
    """A folder is called a folder."""
    (rhapsode.folder / "books").mkdir()

    assert refusal(rhapsode, "books") == "books can't be read: it is a folder."


def test_unknown_voice(rhapsode: Rhapsode, tale: Path) -> None:
    """A misspelt voice brings up those that come close."""
    sentence = refusal_of_voice(rhapsode, tale, "--voice", "Lindon")

    assert "no voice 'Lindon'" in sentence
    assert "Linden" in sentence


def test_unknown_language(rhapsode: Rhapsode, tale: Path) -> None:
    """A language that the voice doesn't speak is refused with those that it does, before anything is spoken."""
    finished = rhapsode.run("narrate", tale, "--language", "tlh")

    assert "does not speak 'tlh'; it speaks en-US, " in finished.error
    assert not (rhapsode.folder / "tale.zip").exists()


def test_missing_output_folder(rhapsode: Rhapsode, tale: Path) -> None:
    """An output in a folder that isn't there names the folder."""
    assert refusal(rhapsode, tale, "-o", "audio/tale.zip") == "The folder audio doesn't exist."


def test_output_is_the_book(rhapsode: Rhapsode, tale: Path) -> None:
    """The book is never written over, whichever way it is spelt."""
    sentence = refusal(rhapsode, tale, "-o", "../" + rhapsode.folder.name + "/tale.md")

    assert sentence.endswith("can't be written: it is the book itself.")


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="needs a folder that nobody can write to: /proc")
def test_unwritable_output(rhapsode: Rhapsode, tale: Path) -> None:
    """An output that the system refuses is known before anything is spoken."""
    assert refusal(rhapsode, tale, "-o", "/proc/tale.zip").startswith("/proc/tale.zip can't be written: ")


@pytest.mark.skipif(not Path("/dev/null").exists(), reason="needs a device file: /dev/null")
def test_output_is_no_ordinary_file(rhapsode: Rhapsode, tale: Path) -> None:
    """A device is not replaced by an archive."""
    sentence = refusal(rhapsode, tale, "-o", "/dev/null")

    assert sentence == "/dev/null can't be written: it is no ordinary file."


@pytest.mark.parametrize("chapters", ["2-9", ""])
def test_bad_chapter_numbers(rhapsode: Rhapsode, tale: Path, chapters: str) -> None:
    """Numbers that aren't chapters of this book are quoted."""
    assert refusal(rhapsode, tale, "--list", "--chapters", chapters).startswith(f"'{chapters}' ")


def test_unknown_chapter_name(rhapsode: Rhapsode, tale: Path) -> None:
    """A name that fits nothing is quoted, and the way to the names is told."""
    sentence = refusal(rhapsode, tale, "--list", "--include", "prologue")

    assert "'prologue'" in sentence
    assert "--list" in sentence


def test_nothing_left_to_narrate(rhapsode: Rhapsode, tale: Path) -> None:
    """Excluding every chapter is an error, not an empty archive."""
    finished = rhapsode.run("narrate", tale, "--exclude", "body")

    assert "no text to narrate" in finished.error
    assert not (rhapsode.folder / "tale.zip").exists()


def test_cover_that_is_no_picture(rhapsode: Rhapsode, tale: Path) -> None:
    """A cover is a JPEG or a PNG."""
    sentence = refusal(rhapsode, tale, "--cover", tale)

    assert sentence.endswith("tale.md is neither a JPEG nor a PNG image.")


def test_no_processes(rhapsode: Rhapsode, tale: Path) -> None:
    """A setting that can't be is refused by its name."""
    sentence = refusal(rhapsode, tale, RHAPSODE_PROCESSES="0")

    assert sentence == "RHAPSODE_PROCESSES: Input should be greater than or equal to 1."


def test_no_voice_installed(rhapsode: Rhapsode, tale: Path) -> None:
    """Without a voice that speaks, a book isn't narrated in beeps unless somebody asks for them."""
    (rhapsode.folder / "site").mkdir()
    rhapsode.write("site/sitecustomize.py", "import sys\nsys.modules['espeakng_loader'] = None\n")
    site = str(rhapsode.folder / "site")

    refused = refusal_of_voice(rhapsode, tale, PYTHONPATH=site, PYTHONDONTWRITEBYTECODE="1")
    assert "rhapsode[espeak]" in refused
    assert "; 5 passages spoken in " in rhapsode.narrate(tale, PYTHONPATH=site)
