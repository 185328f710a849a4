"""Hearing a chapter from where one is: while it is made, with its words lit, and from any word on."""

import pytest
from playwright.sync_api import Page, expect

from .books import TIDES, make_book
from .test_writing import expect_saved, open_chapter, paragraphs
from .windows import Window

pytestmark = pytest.mark.slow

FIRST, SECOND, THIRD, FOURTH = TIDES["The Harbour"]
_LIT = "[...(CSS.highlights.get('lit') ?? [])].map(String).join('')"
_PLACE = """() => {
  const [range] = CSS.highlights.get('lit') ?? [];
  return range && range.startContainer.parentElement.dataset.text;
}"""


def wait_for_lit(page: Page, of_block: str) -> str:
    """Wait until a word of a paragraph is heard. Returns the word."""
    lit = f"() => ({_PLACE})() === '{of_block}' && {_LIT}"
    word: str = page.wait_for_function(lit, polling="raf").json_value()
    return word


def test_a_paragraph_is_heard_at_once_and_its_words_are_lit(window: Window) -> None:
    """Of a chapter that nobody has converted, from the caret on; a word that is clicked is heard next."""
    book = make_book(
        window.server, "Heard", {"The Harbour": TIDES["The Harbour"] * 3, "The Hill": TIDES["The Hill"]}
    )
    page = open_chapter(window, book)
    blocks = [block["block_id"] for block in book.content()["blocks"]]
    texts = paragraphs(page)
    texts.nth(2).click()
    page.keyboard.press("Home")
    page.keyboard.type("Slowly, ")
    page.keyboard.press("Home")
    page.keyboard.press("ControlOrMeta+ ")
    assert wait_for_lit(page, blocks[2]) in f"Slowly, {THIRD}".replace(",", "").replace(".", "").split()
    expect(texts.nth(2)).to_have_accessible_name("Paragraph 3, converted")
    expect_saved(page)
    assert book.texts()[2] == f"Slowly, {THIRD}"

    player = page.get_by_role("region", name="Player")
    expect(player.get_by_role("link", name="The Harbour")).to_be_visible()
    player.get_by_role("button", name="Next paragraph").click()
    wait_for_lit(page, blocks[3])
    player.get_by_role("button", name="Pause").click()
    expect(player.get_by_role("button", name="Play", exact=True)).to_be_visible()

    # A click with Alt hears from the word under the pointer, on the text and in the reading view.
    texts.nth(5).click(modifiers=["Alt"])
    wait_for_lit(page, blocks[5])
    player.get_by_role("button", name="Text", exact=True).click()
    reading = player.get_by_role("region", name="Text")
    reading.get_by_text(FIRST, exact=True).last.click(position={"x": 4, "y": 8})
    assert wait_for_lit(page, blocks[8]) == "The"
    expect(reading.locator("mark")).to_be_visible()
    player.get_by_role("button", name="Pause").click()
    # However little the player leaves of it, the editor goes by itself: its tools stay above the text.
    assert page.get_by_role("main").evaluate("main => main.scrollHeight - main.clientHeight") == 0
    window.check_screen("player")

    # The keyboard alone: slower, back, on; what is played outlives the screen.
    page.get_by_role("link", name="Dictionaries").click()
    page.get_by_role("main").focus()
    page.keyboard.press("Space")
    expect(player.get_by_role("button", name="Pause")).to_be_visible()
    player.get_by_label("Speed").select_option("2×")
    assert page.locator("audio").evaluate("audio => audio.playbackRate") == 2
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys")).to_be_visible()
    window.check_access()
    page.keyboard.press("Escape")
    player.get_by_role("link", name="The Harbour").click()
    expect(page.get_by_role("region", name="Manuscript")).to_be_visible()
    player.get_by_role("button", name="Close the player").click()
    expect(player).to_be_hidden()
