"""Which files of a folder are books, and what their audio is called."""

import os
from pathlib import Path

import pytest

from rhapsode.cli.batch.shelf import Shelf, find_books
from rhapsode.studio.errors import InvalidInput


def put(folder: Path, *names: str) -> None:
    """Make files, with the folders they are in."""
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(b"")


def outputs(shelf: Shelf) -> dict[str, str]:
    """What the audio of each book is called."""
    return {book.name: book.output for book in shelf.books}


def test_all_folders_are_looked_through(tmp_path: Path) -> None:
    """Books keep their place and their name, whatever signs it has; others, and what is hidden, are none."""
    put(
        tmp_path,
        "b.EPUB",
        "A b/Größe, 1.txt",
        "A b/c/d.md",
        ".hidden/e.txt",
        ".f.txt",
        "~$g.docx",
        "h.jpg",
        "i",
    )

    assert outputs(find_books(tmp_path, "zip", except_for=())) == {
        "A b/Größe, 1.txt": "A b/Größe, 1.zip",
        "A b/c/d.md": "A b/c/d.zip",
        "b.EPUB": "b.zip",
    }


def test_books_of_one_name_have_audio_of_two(tmp_path: Path) -> None:
    """Also where only some systems would take the names for the same."""
    put(tmp_path, "a.epub", "a.pdf", "b/a.txt", "É.md", "e\u0301.txt", "b.c.md")

    assert outputs(find_books(tmp_path, "m4b", except_for=())) == {
        "a.epub": "a.epub.m4b",
        "a.pdf": "a.pdf.m4b",
        "b/a.txt": "b/a.m4b",
        "É.md": "É.md.m4b",
        "e\u0301.txt": "e\u0301.txt.m4b",
        "b.c.md": "b.c.m4b",
    }


def test_a_book_is_never_written_over(tmp_path: Path) -> None:
    """An EPUB that is read along lies beside the book; what was made before is no book itself."""
    put(tmp_path, "a.epub", "a (read along).epub", "narrated/b.epub")
    made = {tmp_path / "a (read along).epub", tmp_path / "narrated"}

    assert outputs(find_books(tmp_path, "epub", except_for=made)) == {"a.epub": "a (read along).epub"}


def test_what_another_batch_has_made_is_no_book(tmp_path: Path) -> None:
    """Its folder is named; the one that is asked for is looked through, though it may be both."""
    put(tmp_path, "a.epub", ".batch.jsonl", "b/c.epub", "narrated/.batch.jsonl", "narrated/b/a.epub")

    found = find_books(tmp_path, "zip", except_for=())

    assert list(outputs(found)) == ["a.epub", "b/c.epub"]
    assert found.outputs == (tmp_path / "narrated",)


def test_links_are_named_and_not_followed(tmp_path: Path) -> None:
    """Neither to files nor to folders, inside or outside, nor round in a circle."""
    put(tmp_path, "shelf/a.txt", "elsewhere/b.txt")
    shelf = tmp_path / "shelf"
    targets = {
        "c.txt": tmp_path / "elsewhere/b.txt",
        "d": tmp_path / "elsewhere",
        "e": shelf,
        "f.md": shelf / "a.txt",
    }
    for name, target in targets.items():
        (shelf / name).symlink_to(target)

    found = find_books(shelf, "zip", except_for=())

    assert list(outputs(found)) == ["a.txt"]
    assert [link.name for link in found.links] == ["c.txt", "d", "e", "f.md"]


def test_names_that_are_no_text(tmp_path: Path) -> None:
    """They are found, and refused when they are read."""
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff.txt")).write_bytes(b"Tides.")

    assert list(outputs(find_books(tmp_path, "zip", except_for=()))) == ["\udcff.txt"]


def test_what_is_no_folder(tmp_path: Path) -> None:
    """It is said, in a sentence."""
    with pytest.raises(InvalidInput, match="is no folder"):
        find_books(tmp_path / "nowhere", "zip", except_for=())
