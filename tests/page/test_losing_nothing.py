"""What is typed survives: networks that break, tabs that are closed, servers that are killed, and other people."""

import contextlib
import re
import signal
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect
from tests.acceptance.program import Rhapsode

from .books import TIDES, Book, make_book
from .test_writing import expect_saved, open_chapter, paragraphs
from .windows import Window, opened, serving

pytestmark = pytest.mark.slow

FIRST, SECOND, THIRD, FOURTH = TIDES["The Harbour"]
AWAY = ["ERR_INTERNET_DISCONNECTED", "ERR_CONNECTION", "ERR_EMPTY_RESPONSE", "ERR_INCOMPLETE", "ERR_NETWORK"]
"""What a browser says of a server that it can't reach."""


def test_the_network_breaks_while_somebody_writes(window: Window) -> None:
    """What was typed meanwhile is kept, said to be, and sent by itself; a page that is loaded again has it too."""
    window.expected += [*AWAY, "Unable to preload CSS", "Failed to fetch dynamically imported module"]
    book = make_book(window.server, "Away")
    page = open_chapter(window, book)
    texts = paragraphs(page)
    texts.first.click()
    page.keyboard.press("End")
    page.keyboard.type(" Before.")
    window.context.set_offline(True)
    page.keyboard.type(" Meanwhile.")
    page.keyboard.press("Enter")
    page.keyboard.type("A new one.")
    expect(page.get_by_text("Kept here until the server is back").first).to_be_visible()
    page.get_by_role("link", name="The Hill").click()
    expect(page.get_by_role("main").get_by_role("alert")).to_be_visible()
    page.get_by_role("link", name="Dictionaries").click()
    expect(
        page.get_by_role("region", name="Notices")
        .get_by_role("alert")
        .filter(has_text="The server can’t be reached")
    ).to_be_visible()
    page.go_back()
    page.go_back()
    expect(texts).to_have_text([f"{FIRST} Before. Meanwhile.", "A new one.", SECOND, THIRD, FOURTH])
    window.context.set_offline(False)
    expect_saved(page)
    assert book.texts() == [f"{FIRST} Before. Meanwhile.", "A new one.", SECOND, THIRD, FOURTH]


def test_the_tab_is_closed_while_somebody_writes(window: Window) -> None:
    """At once after a key, with a server that is away: whoever comes back finds it, and so does the server."""
    window.expected += AWAY
    book = make_book(window.server, "Closed")
    page = open_chapter(window, book)
    paragraphs(page).nth(2).click()
    page.keyboard.press("End")
    window.context.set_offline(True)
    page.keyboard.type(" Unheard.")
    page.close()
    assert book.texts()[2] == THIRD
    window.context.set_offline(False)
    window.page = window.context.new_page()
    page = open_chapter(window, book)
    expect(paragraphs(page).nth(2)).to_have_text(f"{THIRD} Unheard.")
    expect_saved(page)
    assert book.texts()[2] == f"{THIRD} Unheard."

    # And with one that can: the last words are on their way when the page goes.
    paragraphs(page).nth(3).click()
    page.keyboard.press("End")
    page.keyboard.type(" Heard.")
    page.close(run_before_unload=True)
    window.page = window.context.new_page()
    page = open_chapter(window, book)
    expect(paragraphs(page).nth(3)).to_have_text(f"{FOURTH} Heard.")
    expect_saved(page)
    assert book.texts()[3] == f"{FOURTH} Heard."


def test_the_server_is_killed_while_somebody_writes(browser: Browser, tmp_path: Path) -> None:
    """What it had said to be saved is there when it runs again, and what it hadn't comes from the page by itself."""
    program = Rhapsode(tmp_path)
    with contextlib.ExitStack() as stack:
        with serving(program, ends_with=signal.SIGKILL) as server:
            window = stack.enter_context(opened(browser, server))
            window.expected += [*AWAY, "503"]
            window.sign_in()
            book = make_book(server, "Killed")
            page = open_chapter(window, book)
            texts = paragraphs(page)
            texts.first.click()
            page.keyboard.press("End")
            page.keyboard.type(" Saved.")
            expect_saved(page)
            page.keyboard.type(" Perhaps sent.")
        page.keyboard.type(" Not sent.")
        expect(page.get_by_text("Kept here until the server is back").first).to_be_visible()
        port = server.url.rsplit(":", 1)[1]
        again = stack.enter_context(serving(program, port=port))
        assert again.url == server.url
        expect_saved(page)
        known = Book(again, book.project_id, book.chapter_ids)
        assert known.texts()[0] == f"{FIRST} Saved. Perhaps sent. Not sent."


def test_two_tabs_write_in_one_chapter(window: Window) -> None:
    """Different paragraphs get along; of the same one both versions stay until a person has chosen."""
    book = make_book(window.server, "Two tabs")
    page = open_chapter(window, book)
    other = window.context.new_page()
    other.goto(page.url)
    here, there = paragraphs(page), paragraphs(other)
    expect(there.first).to_be_visible()

    here.nth(0).click()
    page.keyboard.press("End")
    page.keyboard.type(" Here.")
    there.nth(1).click()
    other.keyboard.press("End")
    other.keyboard.type(" There.")
    for tab in (page, other):
        expect(paragraphs(tab)).to_have_text([f"{FIRST} Here.", f"{SECOND} There.", THIRD, FOURTH])
        expect_saved(tab)
    assert book.texts() == [f"{FIRST} Here.", f"{SECOND} There.", THIRD, FOURTH]

    # The same paragraph: held back here until the other tab has saved its version.
    patch = re.compile(r"/content$")
    page.route(patch, lambda route: route.abort() if route.request.method == "PATCH" else route.continue_())
    window.expected += ["ERR_FAILED"]
    here.nth(2).click()
    page.keyboard.press("End")
    page.keyboard.type(" Mine.")
    expect(page.get_by_text("Kept here until the server is back").first).to_be_visible()
    there.nth(2).click()
    other.keyboard.press("End")
    other.keyboard.type(" Theirs.")
    expect_saved(other)
    page.unroute(patch)
    conflict = page.get_by_role("group", name="Somebody else has changed this paragraph too.")
    expect(conflict).to_be_visible()
    expect(conflict.locator("mark")).to_contain_text("Theirs")
    expect(here.nth(2)).to_have_text(f"{THIRD} Mine.")
    assert book.texts()[2] == f"{THIRD} Theirs."
    window.check_screen("conflict")
    conflict.get_by_role("button", name="Keep both").click()
    expect(conflict).to_be_hidden()
    expect_saved(page)
    assert book.texts()[2:] in (
        [f"{THIRD} Mine.", f"{THIRD} Theirs.", FOURTH],
        [f"{THIRD} Theirs.", f"{THIRD} Mine.", FOURTH],
    )
    expect(there).to_have_text(book.texts())
