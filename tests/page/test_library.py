"""What belongs to no book: history, voices and pronunciation dictionaries."""

import io
import re
import zipfile
from pathlib import Path

import pytest
from playwright.sync_api import expect

from .books import VOICE, make_book
from .windows import Window

pytestmark = pytest.mark.slow


def test_history_is_searched_heard_and_taken_along(window: Window) -> None:
    """A text is spoken on the page; what was spoken is found by its words, chosen and downloaded as one zip."""
    for text in ("The cormorant dries its wings.", "Two cormorants on one pile.", "A gull, for once."):
        speech = f"/v1/text-to-speech/{VOICE}"
        window.server.http.post(speech, json={"text": text}).raise_for_status()
    page = window.go("history")
    page.get_by_role("button", name="Speak a text").click()
    form = page.get_by_role("form", name="Speak a text")
    form.get_by_label("Text", exact=True).fill("A third cormorant, out at sea.")
    form.get_by_label("Voice", exact=True).select_option(VOICE)
    page.keyboard.press("ControlOrMeta+Enter")
    rows = page.get_by_role("table", name="What was spoken").get_by_role("row")
    expect(rows.nth(1)).to_contain_text("A third cormorant, out at sea.")

    page.get_by_role("searchbox", name="Search the texts").fill("CORMORANT")
    expect(rows).to_have_count(4)
    expect(page.get_by_role("status").filter(has_text="3 items")).to_be_visible()
    rows.nth(2).get_by_role("button", name="Play").click()
    expect(page.get_by_role("region", name="Player")).to_contain_text("Two cormorants on one pile.")
    expect(rows.nth(2).get_by_role("button", name="Pause")).to_be_visible()
    rows.nth(2).get_by_role("button", name="Pause").click()

    page.get_by_role("checkbox", name="Select all that are shown").check()
    selection = page.get_by_role("region", name="Selection")
    expect(selection).to_contain_text("3 selected")
    window.check_screen("history")
    with page.expect_download() as download:
        selection.get_by_role("button", name="Download", exact=True).click()
    with zipfile.ZipFile(io.BytesIO(Path(download.value.path()).read_bytes())) as archive:
        assert len(archive.namelist()) == 3
        assert archive.testzip() is None

    page.get_by_role("button", name="Select none").click()
    rows.nth(3).get_by_role("checkbox").check()
    selection.get_by_role("button", name="Delete").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete for good").click()
    expect(rows).to_have_count(3)
    expect(page.get_by_role("table", name="What was spoken")).not_to_contain_text("dries its wings")


def test_voices_are_found_heard_and_renamed(window: Window) -> None:
    """The list narrows as one types; a sample is heard in the player, and a name is the workspace's own."""
    page = window.go("voices")
    cards = (
        page.get_by_role("region", name="Voices")
        .get_by_role("listitem")
        .filter(has=page.get_by_role("heading"))
    )
    page.get_by_role("searchbox", name="Search").fill("tone high")
    expect(cards).to_have_count(1)
    window.check_screen("voices")
    cards.get_by_role("button", name="Hear Tone High").click()
    expect(page.get_by_role("region", name="Player")).to_contain_text("Tone High")
    expect(cards.get_by_role("button", name="Pause Tone High")).to_be_visible()
    page.get_by_role("button", name="Close the player").click()

    cards.get_by_role("button", name="Settings of Tone High").click()
    dialog = page.get_by_role("dialog", name="Settings of Tone High")
    dialog.get_by_label("Try it").fill("Up and down.")
    dialog.get_by_role("button", name="Hear it").click()
    window.check_access()
    dialog.get_by_role("button", name="Cancel").click()

    cards.get_by_role("button", name="Actions for Tone High").click()
    page.get_by_role("menuitem", name="Rename and describe").click()
    page.get_by_role("dialog").get_by_label("Name", exact=True).fill("Whistle")
    page.get_by_role("dialog").get_by_role("button", name="Save").click()
    page.get_by_role("searchbox", name="Search").fill("whistle")
    expect(cards.get_by_role("heading", name="Whistle")).to_be_visible()
    voice = window.server.ask("GET", "/v1/voices/tone_high")
    assert voice["name"] == "Whistle"
    window.server.ask("POST", "/v1/voices/tone_high/edit", data={"name": "Tone High"})


def test_a_rule_makes_stale_what_it_is_about(window: Window) -> None:
    """It is written as in a table, heard and saved; of a book with the dictionary only what it changes is stale."""
    page = window.go("dictionaries")
    page.get_by_role("button", name="Create a dictionary").click()
    dialog = page.get_by_role("dialog", name="Create a dictionary")
    dialog.get_by_label("Name").fill("Names of people")
    dialog.get_by_role("button", name="Create").click()
    expect(page.get_by_role("heading", level=1, name="Names of people")).to_be_visible()
    dictionary_id = page.url.rsplit("/", 1)[1]

    new = page.get_by_role("form", name="New rule")
    new.get_by_label("Text", exact=True).fill("Nobody")
    new.get_by_label("Read as").select_option(label="Other words")
    new.get_by_label("Words or sounds").fill("No one")
    page.keyboard.press("Enter")
    expect(page.get_by_text("A rule for “Nobody” is added.")).to_be_visible()
    page.keyboard.press("ControlOrMeta+s")
    expect(page.get_by_text("Everything is saved.")).to_be_visible()

    locator = f'{{"pronunciation_dictionary_id": "{dictionary_id}"}}'
    book = make_book(window.server, "People", pronunciation_dictionary_locators=locator)
    book.convert()
    assert all(block["converted"] for block in book.content()["blocks"])
    new.get_by_label("Text", exact=True).fill("Ines")
    new.get_by_label("Words or sounds").fill("Inez")
    page.keyboard.press("Enter")
    try_out = page.get_by_role("form", name="Hear it")
    try_out.get_by_label("A short text").fill("Are we late? asked Ines.")
    try_out.get_by_label("Voice").select_option(VOICE)
    # What lies under the bar with the changes is reached by scrolling.
    page.get_by_role("main").evaluate("main => main.scrollTo(0, main.scrollHeight)")
    window.check_screen("dictionary")
    try_out.get_by_role("button", name="Save, with rules").click()
    expect(page.get_by_role("region", name="Player")).to_contain_text("With Names of people")
    page.get_by_text("Which projects have it?").click()
    page.get_by_role("link", name="People", exact=True).click()

    texts = page.get_by_role("region", name="Manuscript").get_by_role("textbox")
    expect(texts.nth(0)).to_have_accessible_name(re.compile("converted$"))
    expect(texts.nth(1)).to_have_accessible_name("Paragraph 2, not converted yet")
    window.go("dictionaries")
    expect(page.get_by_role("listitem").filter(has_text="Names of people")).to_contain_text("2 rules")
    window.check_screen("dictionaries")
