"""From a document, a text, an address or sources to a project, with what is found in them shown before."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from tests.loopback import always, answering, reply

from .books import open_book
from .windows import Window

pytestmark = pytest.mark.slow

_ARTICLE = b"""<!doctype html><html lang="en"><head><title>How tides are read</title></head><body>
<nav><a href="/">Home</a></nav>
<article><h1>How tides are read</h1>
<p>A tide table says when the water is highest, and how high it then is. Sailors have read such tables
for six hundred years, and the first were made by monks who had a bell to ring at the right hour.</p>
<p>Nobody needs one to know that the sea comes back. It does so twice a day in most places, a little
later each time, and higher when the moon is full or new than when it is half.</p>
</article></body></html>"""

_TEXT = """\
# The Harbour

The boat came in at six. Nobody stood on the quay.

# The Hill

They climbed without a word.
"""


def choose_tones(page: Page, label: str) -> None:
    """Have a voice speak that needs no time."""
    page.get_by_role("button", name=label).click()
    dialog = page.get_by_role("dialog", name=label)
    dialog.get_by_role("searchbox").fill("tone low")
    dialog.get_by_role("button", name=re.compile("^Tone Low")).click()
    expect(dialog).to_be_hidden()


def test_a_file_is_looked_into_and_becomes_a_book(window: Window, example: Path) -> None:
    """Its chapters, its length and what isn't read aloud are said before anything is made; then it is opened."""
    page = window.go("projects")
    page.get_by_role("link", name="New project").click()
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Choose a file").click()
    chooser.value.set_files(example)

    expect(page.get_by_role("status").filter(has_text="7 chapters · 10,164 characters")).to_be_visible()
    chapters = page.get_by_role("region", name="Chapters found")
    expect(chapters.get_by_role("row").filter(has_text="Yes")).to_have_count(7)
    expect(chapters.get_by_role("row").filter(has_text="Colophon")).to_contain_text("No")
    expect(chapters).to_contain_text("For everyone who ever carried the ladder.")
    expect(page.get_by_label("Title", exact=True)).to_have_value("The Lamp Keepers")
    choose_tones(page, "Voice for paragraphs")
    page.get_by_role("button", name="Voice for titles").click()
    # The first is that of the paragraphs.
    choices = page.get_by_role("dialog", name="Voice for titles").locator("button.choice")
    for ordinal in range(3):
        expect(choices.nth(ordinal)).to_be_visible()
        page.keyboard.press("ArrowDown")
        expect(choices.nth(ordinal)).to_be_focused()
    page.keyboard.press("Escape")
    window.check_screen("create")
    page.get_by_label("Name of the project").fill("Lamps, first try")
    page.get_by_role("button", name="Create project").click()

    expect(page.get_by_role("heading", level=1, name="Dedication")).to_be_visible()
    links = page.get_by_role("navigation", name="Chapters").get_by_role("link")
    expect(links).to_have_count(7)
    book = open_book(window.server, page.url.split("/projects/")[1].split("/")[0])
    assert book.server.ask("GET", book.path)["default_paragraph_voice_id"] == "tone_low"

    page.get_by_role("link", name="Projects").click()
    card = page.get_by_role("article").filter(has_text="Lamps, first try")
    expect(card).to_contain_text("7 chapters")
    expect(card.get_by_role("heading", name="The Lamp Keepers")).to_be_visible()
    page.get_by_role("searchbox", name="Search by title").fill("no such book")
    expect(page.get_by_text("No project has “no such book”")).to_be_visible()
    page.get_by_role("searchbox", name="Search by title").fill("lamps, FIRST")
    expect(page.get_by_role("article")).to_have_count(1)


def test_texts_addresses_and_podcasts(window: Window) -> None:
    """A pasted text has the chapters that it marks, an address its article alone, and a bulletin needs a host."""
    page = window.go("projects?new")
    page.get_by_text("A text", exact=True).click()
    page.get_by_label("Your text").fill(_TEXT)
    page.get_by_role("button", name="See what is in it").click()
    expect(page.get_by_role("status").filter(has_text="2 chapters")).to_be_visible()
    choose_tones(page, "Voice for paragraphs")
    page.get_by_role("button", name="Create project").click()
    expect(page.get_by_role("heading", level=1, name="The Harbour")).to_be_visible()

    page = window.go("projects?new")
    page.get_by_text("A web page", exact=True).click()
    with answering(always(reply(_ARTICLE, Content_Type="text/html; charset=utf-8"))) as site:
        page.get_by_label("Address of the page").fill(f"{site.url}/tides.html")
        page.get_by_role("button", name="See what is in it").click()
        expect(page.get_by_label("Title", exact=True)).to_have_value("How tides are read")
        expect(page.get_by_role("region", name="Chapters found")).not_to_contain_text("Home")
        choose_tones(page, "Voice for paragraphs")
        page.get_by_role("button", name="Create project").click()
        expect(page.get_by_role("heading", level=1, name="How tides are read")).to_be_visible()

    page = window.go("projects?new")
    page.get_by_text("A podcast", exact=True).click()
    page.get_by_text("Bulletin, read by a host").click()
    page.get_by_role("button", name="Create podcast").click()
    expect(page.get_by_text("Paste a text, or name at least one web page.")).to_be_visible()
    page.get_by_label("What it is about").fill(_TEXT)
    choose_tones(page, "Host’s voice")
    window.check_access()
    page.get_by_role("button", name="Create podcast").click()
    expect(page.get_by_role("region", name="Manuscript")).to_be_visible()


def test_what_cannot_be_read_is_said_where_it_was_chosen(window: Window, tmp_path: Path) -> None:
    """In the server's words, and another file can be chosen at once."""
    window.expected += ["400", "422"]
    broken = tmp_path / "broken.epub"
    broken.write_bytes(b"PK\x03\x04 and nothing more")
    page = window.go("projects?new")
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Choose a file").click()
    chooser.value.set_files(broken)
    alert = page.get_by_role("main").get_by_role("alert")
    expect(alert).to_be_focused()
    expect(alert).not_to_have_text("")
    expect(page.get_by_role("button", name="Choose another file")).to_be_visible()
