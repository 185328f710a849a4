"""From a book to what is taken along: converting, versions compared, downloads, the sound report; and deleting it."""

import io
import zipfile
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect
from tests.acceptance.program import long_book

from .books import Book, make_book, open_book
from .windows import Server, Window

pytestmark = pytest.mark.slow


def book_of(server: Server, path: Path, **fields: str) -> Book:
    """A project of a document, read by a voice that needs no time."""
    voices = {"default_paragraph_voice_id": "tone_low", "default_title_voice_id": "tone_low"}
    with path.open("rb") as file:
        files = {"from_document": (path.name, file)}
        form = {"name": path.stem, **voices, **fields}
        made = server.ask("POST", "/v1/studio/projects", data=form, files=files)
    return open_book(server, made["project"]["project_id"])


def open_part(page: Page, name: str) -> Locator:
    """One of the parts of converting and exporting."""
    page.get_by_role("tab", name=name).click()
    return page.get_by_role("tabpanel", name=name)


def downloaded(page: Page, link: Locator) -> bytes:
    """What the browser has stored when that is followed."""
    with page.expect_download() as download:
        link.click()
    return Path(download.value.path()).read_bytes()


def test_a_book_is_converted_heard_and_taken_along(window: Window, short_example: Path) -> None:
    """With all that shops and listeners want; what was edited afterwards is told, spoken alone, and compared."""
    book = book_of(window.server, short_example)
    page = window.go("projects", book.project_id, "export", "convert")
    panel = page.get_by_role("tabpanel")
    expect(panel).to_contain_text("never spoken")
    panel.get_by_role("button", name="Convert the book").click()
    expect(page.get_by_role("status").filter(has_text="All is converted.")).to_be_attached(timeout=20_000)
    window.check_screen("convert")

    panel.get_by_role("button", name="To the downloads").click()
    expect(page.get_by_role("tab", name="Downloads")).to_be_focused()
    downloads = page.get_by_role("tabpanel", name="Downloads")
    expect(downloads.get_by_role("article")).to_have_count(1)
    with zipfile.ZipFile(
        io.BytesIO(downloaded(page, downloads.get_by_role("link", name="Download Archive")))
    ) as archive:
        assert archive.testzip() is None
        assert len(archive.namelist()) == len(book.chapter_ids) == 7
    downloads.get_by_role("button", name="Make Subtitles (SRT)").click()
    srt = downloaded(page, downloads.get_by_role("link", name="Download Subtitles (SRT)")).decode()
    assert srt.count("-->") > 50
    assert "The year I turned eleven" in srt
    window.check_screen("downloads")
    downloads.get_by_role("button", name="Play ").first.click()
    player = page.get_by_role("region", name="Player")
    expect(player.get_by_role("link", name="Dedication")).to_be_visible()
    player.get_by_role("button", name="Close the player").click()

    report = open_part(page, "Sound report")
    expect(report).to_contain_text("This version isn’t as ACX (audiobook shops) asks.")
    window.check_screen("report")
    report.get_by_role("button", name="Project settings").click()
    settings = page.get_by_role("dialog", name="Project settings")
    settings.get_by_role("button", name="Cancel").click()
    expect(open_part(page, "Compare")).to_contain_text("after the second conversion")

    book.say(0, 0, "For everyone who ever carried the ladder, and for the ladder.")
    convert = open_part(page, "Convert")
    expect(convert).to_contain_text("1 paragraph says something else now")
    convert.get_by_role("button", name="Convert the book").click()
    expect(convert).to_contain_text("There is nothing to convert.")
    compare = open_part(page, "Compare")
    expect(compare).to_contain_text("6 chapters are the same")
    compare.get_by_text("Dedication").click()
    expect(compare.locator("ins")).to_contain_text("and for the ladder")
    window.check_screen("compare")
    expect(open_part(page, "Downloads").get_by_role("article")).to_have_count(2)
    window.go("projects")
    window.check_screen("projects")


def test_a_conversion_is_followed_and_cancelled(window: Window) -> None:
    """Its progress is told in the editor too; what is made by then stays, and the rest can be converted later."""
    long = {"Long": long_book(300).split("\n\n")}
    book = make_book(window.server, "Long", long)
    planned = window.server.ask("GET", f"{book.own_path}/plan")["segments_to_speak"]
    page = window.go("projects", book.project_id, book.chapter_ids[0])
    page.get_by_role("button", name="Convert and export").click()
    panel = page.get_by_role("complementary", name="Convert and export")
    panel.get_by_role("button", name="Convert the book").click()
    expect(panel.get_by_role("progressbar")).to_be_visible()
    expect(panel.get_by_text("It goes on when this page is closed.")).to_be_visible()
    expect(page.get_by_role("textbox").first).to_have_accessible_name(
        "Paragraph 1, converted", timeout=20_000
    )
    window.check_access()
    panel.get_by_role("button", name="Cancel converting").click()
    expect(panel).to_contain_text("Converting was cancelled.")
    expect(panel.get_by_role("button", name="Convert the book")).to_be_visible()
    assert window.server.ask("GET", book.path)["state"] == "default"
    left = window.server.ask("GET", f"{book.own_path}/plan")["segments_to_speak"]
    assert 0 < left < planned


def test_a_project_is_exported_deleted_and_comes_back(window: Window) -> None:
    """It comes back at once by the notice, and for a day from the list of deleted ones, with all that was spoken."""
    book = make_book(window.server, "A short life")
    book.convert()
    page = window.go("projects", book.project_id, "export", "snapshots")
    downloads = page.get_by_role("tabpanel", name="Downloads")
    downloads.get_by_role("button", name="Make M4B").click()
    m4b = downloaded(page, downloads.get_by_role("link", name="Download M4B"))
    assert m4b[4:8] == b"ftyp"

    page = window.go("projects")
    card = page.get_by_role("article").filter(has_text="A short life")
    page.get_by_role("button", name="Actions for A short life").click()
    page.get_by_role("menuitem", name="Delete").click()
    expect(card).to_be_hidden()
    notices = page.get_by_role("region", name="Notices")
    expect(notices).to_contain_text("“A short life” was deleted.")
    notices.get_by_role("button", name="Undo").click()
    expect(card).to_be_visible()

    page.get_by_role("button", name="Actions for A short life").click()
    page.get_by_role("menuitem", name="Delete").click()
    expect(card).to_be_hidden()
    page.get_by_role("link", name="Deleted projects").click()
    window.check_screen("deleted")
    page.get_by_role("button", name="Restore A short life").click()
    expect(page.get_by_text("“A short life” is back.")).to_be_visible()
    assert all(block["converted"] for block in book.content()["blocks"])
