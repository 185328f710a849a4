"""Writing in a chapter: what keys do, what the server then has, and that all of it can be taken back."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from .books import TIDES, Book, make_book
from .windows import Server, Window

pytestmark = pytest.mark.slow

FIRST, SECOND, THIRD, FOURTH = TIDES["The Harbour"]


@pytest.fixture
def book(server: Server) -> Book:
    """Two short chapters, not spoken yet."""
    return make_book(server, "Tides")


def open_chapter(window: Window, book: Book, number: int = 0) -> Page:
    """The chapter in the editor. number: from 0."""
    page = window.go("projects", book.project_id, book.chapter_ids[number])
    expect(paragraphs(page).first).to_be_visible()
    return page


def paragraphs(page: Page) -> Locator:
    """The texts of the manuscript, in order."""
    return page.get_by_role("region", name="Manuscript").get_by_role("textbox")


def top_of(text: Locator) -> float:
    """Where it stands in the window, in pixels."""
    box = text.bounding_box()
    assert box is not None
    return box["y"]


def expect_saved(page: Page) -> None:
    """That the page says that everything is on the server."""
    expect(
        page.get_by_role("heading", level=1).locator("xpath=..").get_by_text("Saved", exact=True)
    ).to_be_visible()


def test_what_is_typed_is_saved_and_taken_back(window: Window, book: Book) -> None:
    """Typing, splitting, joining, deleting: each is on the server a moment later, and each goes back and forth."""
    page = open_chapter(window, book)
    texts = paragraphs(page)
    expect(texts).to_have_text([FIRST, SECOND, THIRD, FOURTH])

    # What offers itself above the text doesn't move it away below the pointer.
    stood = top_of(texts.nth(1))
    texts.nth(1).click()
    expect(texts.nth(1)).to_be_focused()
    assert top_of(texts.nth(1)) == stood
    page.keyboard.press("End")
    page.keyboard.type(" Not by much.")
    expect_saved(page)
    assert book.texts() == [FIRST, f"{SECOND} Not by much.", THIRD, FOURTH]

    for _ in " Not by much.":
        page.keyboard.press("ArrowLeft")
    page.keyboard.press("Enter")
    expect(texts).to_have_text([FIRST, SECOND, "Not by much.", THIRD, FOURTH])
    expect(texts.nth(2)).to_be_focused()
    expect_saved(page)
    kept = book.content()["blocks"]
    assert len({block["block_id"] for block in kept}) == len(kept) == 5

    page.keyboard.press("Home")
    page.keyboard.press("Backspace")
    expect(texts).to_have_count(4)
    page.keyboard.press("ControlOrMeta+z")
    expect(texts).to_have_count(5)
    page.keyboard.press("ControlOrMeta+z")
    expect(texts).to_have_count(4)
    page.get_by_role("button", name="Redo").click()
    expect(texts).to_have_count(5)

    # All of the paragraph, then two whole ones, and they are gone.
    texts.nth(3).click()
    page.get_by_role("button", name="Select paragraph 4").click()
    page.get_by_role("button", name="Select paragraph 5").click(modifiers=["Shift"])
    expect(page.get_by_text("2 paragraphs selected")).to_be_attached()
    window.check_screen("editor")
    page.keyboard.press("Delete")
    expect(texts).to_have_count(3)
    expect_saved(page)
    assert book.texts()[-1].strip() == "Not by much."
    page.get_by_role("button", name="Undo", exact=True).click()
    expect(texts).to_have_count(5)
    expect_saved(page)
    assert book.texts()[3:] == [THIRD, FOURTH]

    # What is pasted becomes a paragraph for each line.
    window.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.evaluate("navigator.clipboard.writeText('One line.\\n\\nAnother <b>line</b>. 🌊')")
    texts.last.click()
    page.keyboard.press("End")
    page.keyboard.press("Enter")
    page.keyboard.press("ControlOrMeta+v")
    expect(texts).to_have_count(7)
    expect_saved(page)
    assert book.texts()[-2:] == ["One line.", "Another <b>line</b>. 🌊"]
    page.keyboard.press("Alt+ArrowUp")
    expect(texts.last).to_have_text("One line.")
    expect_saved(page)
    assert book.texts()[-2:] == ["Another <b>line</b>. 🌊", "One line."]

    # Another chapter and back: nothing is asked for again, and it can still be taken back.
    page.get_by_role("link", name="The Hill").click()
    expect(page.get_by_role("heading", level=1, name="The Hill")).to_be_visible()
    page.go_back()
    expect(texts).to_have_count(7)
    page.get_by_role("button", name="Undo", exact=True).click()
    expect(texts.last).to_have_text("Another <b>line</b>. 🌊")


def test_what_is_locked_stays_as_it_is(window: Window, book: Book) -> None:
    """Keys leave it alone, and the page says why."""
    block = book.content()["blocks"][1]
    book.convert()
    path = f"{book.own_path}/chapters/{book.chapter_ids[0]}/blocks/{block['block_id']}/lock"
    book.server.http.put(path).raise_for_status()
    page = open_chapter(window, book)
    texts = paragraphs(page)
    expect(texts.nth(1)).to_have_attribute("aria-readonly", "true")
    texts.nth(1).click()
    page.keyboard.type("x")
    expect(page.get_by_text("This paragraph is locked. Unlock it to change it.")).to_be_visible()
    expect(texts.nth(1)).to_have_text(SECOND)
    assert book.texts()[1] == SECOND


def test_voices_headings_pauses_search_and_locks(window: Window, book: Book) -> None:
    """What the tools do to a word, to a paragraph and to the whole book, each as one step that can be taken back."""
    page = open_chapter(window, book)
    texts = paragraphs(page)
    tools = page.get_by_role("toolbar", name="Tools")

    texts.nth(1).focus()
    page.keyboard.press("End")
    page.keyboard.press("ArrowLeft")
    for _ in "Ines":
        page.keyboard.press("Shift+ArrowLeft")
    tools.get_by_role("button", name="Voice: ").click()
    dialog = page.get_by_role("dialog", name="Voice")
    dialog.get_by_role("searchbox").fill("tone high")
    window.check_access()
    dialog.get_by_role("button", name=re.compile("^Tone High")).click()
    expect_saved(page)
    nodes = book.content()["blocks"][1]["nodes"]
    assert [node["text"] for node in nodes] == ["Are we late? asked ", "Ines", "."]
    assert [node["voice_id"] == "tone_high" for node in nodes] == [False, True, False]
    expect(texts.nth(1)).to_have_text(SECOND)

    texts.nth(3).click()
    tools.get_by_role("button", name="Kind of paragraph").click()
    page.get_by_role("menuitemradio", name="Heading 1").click()
    expect(texts.nth(3).locator("xpath=..")).to_have_role("heading")
    texts.nth(2).click()
    page.keyboard.press("End")
    tools.get_by_role("button", name="Pause").click()
    page.get_by_role("menuitem", name="1 s", exact=True).click()
    expect(texts.nth(2)).to_have_text(f'{THIRD} <break time="1s"/>')
    expect_saved(page)
    blocks = book.content()["blocks"]
    assert blocks[3]["sub_type"] == "h1"
    assert blocks[2]["nodes"][0]["text"].strip().endswith('<break time="1s"/>')

    page.keyboard.press("ControlOrMeta+f")
    find = page.get_by_role("complementary", name="Search and replace")
    find.get_by_label("Search for").fill("the")
    expect(find.get_by_role("status")).to_contain_text(" of 7")
    find.get_by_label("Match case").check()
    find.get_by_label("Whole words").check()
    find.get_by_label("Replace with").fill("THE")
    window.check_access()
    find.get_by_role("button", name="Replace all").click()
    expect(texts.nth(0)).to_have_text(FIRST.replace("the", "THE"))
    expect_saved(page)
    assert book.texts()[2].startswith(THIRD.replace("the", "THE"))
    find.get_by_role("button", name="Close").click()
    tools.get_by_role("button", name="Undo").click()
    expect(texts.nth(0)).to_have_text(FIRST)

    texts.nth(1).click()
    tools.get_by_role("button", name="Lock").click()
    expect(texts.nth(1)).to_have_attribute("aria-readonly", "true")
    assert book.content()["blocks"][1]["locked"]
    tools.get_by_role("button", name="Unlock").click()
    expect(texts.nth(1)).to_have_attribute("aria-readonly", "false")
