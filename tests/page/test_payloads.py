"""Whatever people write, in whatever place, none of it runs in the page, and no other server is asked."""

import html
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, ConsoleMessage, FilePayload, Page, expect
from tests.acceptance.program import Rhapsode
from tests.browsers import Watched, watched
from tests.rounds import rounds
from tests.unit.web.payloads import PAYLOADS

from .books import VOICE, Book, make_book
from .windows import Server, serving, sign_in

pytestmark = pytest.mark.slow

SOME = PAYLOADS[:: rounds(41, 1)]
"""41 has no divisor in common with the number of scripts, nor with that of the ways out."""


def in_a_line(payload: str) -> str:
    """The same without what names can't have."""
    return payload.replace("\n", " ").replace("\x0c", " ")


@dataclass(frozen=True)
class Shelf:
    """A server whose every name and text is a payload. book: has all of them as chapters and paragraphs."""

    server: Server
    book: Book
    dictionary_id: str


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shelf]:
    """A server of its own, so that nobody else's lists have such names."""
    with serving(Rhapsode(tmp_path_factory.mktemp("payloads"))) as server:
        yield filled(server)


def filled(server: Server) -> Shelf:
    """Put payloads wherever something is named or written."""
    voices = [voice["voice_id"] for voice in server.ask("GET", "/v1/voices")["voices"]]
    for at, payload in enumerate(SOME):
        named = {"name": payload, "title": payload, "author": payload, "description": payload}
        make_book(server, **named, chapters={payload: [payload]})
        server.http.post(f"/v1/text-to-speech/{VOICE}", json={"text": payload}).raise_for_status()
        line = in_a_line(payload)
        server.ask("POST", "/rhapsode/v1/keys", json={"name": line})
        about = {"name": payload, "description": payload, "labels": json.dumps({"accent": payload})}
        server.ask("POST", f"/v1/voices/{voices[at % len(voices)]}/edit", data=about)
        server.ask("POST", "/v1/pronunciation-dictionaries/add-from-rules", json=dictionary(line, [line]))
    rules = [in_a_line(payload) for payload in SOME]
    all_rules = dictionary("All of them", rules)
    made = server.ask("POST", "/v1/pronunciation-dictionaries/add-from-rules", json=all_rules)
    chapters = {"All of them": list(SOME)} | {payload: [payload] for payload in SOME}
    locator = json.dumps({"pronunciation_dictionary_id": made["id"]})
    book = make_book(server, "A book of them", chapters, pronunciation_dictionary_locators=locator)
    book.convert()
    book.say(0, 0, f"{SOME[0]} {SOME[-1]}")
    book.convert()
    return Shelf(server, book, made["id"])


def dictionary(name: str, texts: list[str]) -> dict[str, object]:
    """One with a rule for each text, which reads it as itself."""
    rules = [{"string_to_replace": text, "type": "alias", "alias": f"{text} {text}"} for text in texts]
    return {"name": name, "description": name, "rules": rules}


def show_projects(page: Page, _: Shelf) -> None:
    """All of them on the shelf, the settings of one, and those that were deleted."""
    page.get_by_label("Order").select_option("title")
    expect(page.get_by_role("article")).to_have_count(len(SOME) + 1, timeout=30_000)
    card = page.get_by_role("article").first
    card.get_by_role("button").click()
    page.get_by_role("menuitem", name="Project settings").click()
    expect(page.get_by_role("dialog").get_by_label("Title", exact=True)).not_to_have_value("")
    page.get_by_role("dialog").get_by_role("button", name="Close").click()
    page.get_by_role("searchbox", name="Search by title").fill(SOME[0])
    page.get_by_role("link", name="Deleted projects").click()


def delete_and_restore(page: Page, shelf: Shelf) -> None:
    """What notices and the list of deleted projects say."""
    page.get_by_label("Order").select_option("title")
    card = page.get_by_role("article").first
    card.get_by_role("button").click()
    page.get_by_role("menuitem", name="Delete").click()
    notices = page.get_by_role("region", name="Notices")
    notices.get_by_role("button", name="Undo").wait_for()
    page.get_by_role("link", name="Deleted projects").click()
    page.get_by_role("button", name="Restore ").click()
    expect(notices).to_contain_text("is back.")


def show_editor(page: Page, shelf: Shelf) -> None:
    """Chapters, paragraphs, tools, and what the player says."""
    text = page.get_by_role("textbox").nth(1)
    text.click()
    page.keyboard.press("End")
    page.keyboard.type(" <b onclick=alert(1)>")
    for tool in ("Search and replace", "Voices of the book", "Takes", "What sounds wrong"):
        page.get_by_role("button", name=tool, exact=True).click()
        expect(page.get_by_role("complementary", name=tool)).to_be_visible()
    page.get_by_role("button", name="Voice: ").click()
    dialog = page.get_by_role("dialog", name="Voice")
    dialog.get_by_role("searchbox").fill("alert")
    expect(dialog.get_by_role("listitem").first).to_contain_text("alert")
    dialog.get_by_role("button", name="Close").click()
    text.click()
    page.keyboard.press("ControlOrMeta+ ")
    player = page.get_by_role("region", name="Player")
    player.get_by_role("button", name="Text", exact=True).click()
    expect(player.get_by_role("region", name="Text")).to_be_visible()
    page.get_by_role("navigation", name="Chapters").get_by_role("link").last.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(SOME[-1].strip()[:8])


def show_export(page: Page, shelf: Shelf) -> None:
    """What is to be spoken, versions and the difference between two, the report, and what shops want."""
    for name in ("Convert", "Downloads", "Compare", "Sound report", "Share"):
        page.get_by_role("tab", name=name).click()
        panel = page.get_by_role("tabpanel", name=name)
        expect(panel).to_be_visible()
        panel.locator("details").evaluate_all("all => all.forEach((each) => { each.open = true })")


def show_dictionary(page: Page, shelf: Shelf) -> None:
    """Its rules, one that is added, and who uses it."""
    new = page.get_by_role("form", name="New rule")
    new.get_by_label("Text", exact=True).fill(SOME[-1])
    new.get_by_label("Words or sounds").fill(SOME[0])
    page.keyboard.press("Enter")
    page.get_by_text("Which projects have it?").click()
    expect(page.get_by_role("link", name="A book of them")).to_be_visible()


def show_all(page: Page, _: Shelf) -> None:
    """Everything that is folded away or comes with more of a list."""
    expect(page.get_by_role("main").locator("td, h2").filter(visible=True).first).to_be_visible()
    expect(page.get_by_text("Loading …")).to_have_count(0)
    while (more := page.get_by_role("button", name="Show more")).count():
        before = page.get_by_role("row").count()
        more.click()
        expect(page.get_by_role("row").nth(before)).to_be_attached()


def create_of(page: Page, _: Shelf) -> None:
    """A file with such a name, such a title and such chapters, as far as the form that makes a project of it."""
    for payload in SOME:
        text = html.escape(payload)
        document = f"<!doctype html><title>{text}</title><h1>{text}</h1><p>A tide. {text}</p>"
        with page.expect_file_chooser() as chooser:
            page.get_by_role("button", name=re.compile("^Choose (a|another) file$")).click()
        file: FilePayload = {
            "name": f"{payload}.html",
            "mimeType": "text/html",
            "buffer": document.encode(),
        }
        chooser.value.set_files([file])
        expect(page.get_by_role("heading", name="What was found")).to_be_visible()


SCREENS: dict[str, tuple[str, Callable[[Page, Shelf], None]]] = {
    "projects": ("projects", show_projects),
    "deleted": ("projects", delete_and_restore),
    "new": ("projects?new", create_of),
    "editor": ("projects/{project}/{chapter}", show_editor),
    "export": ("projects/{project}/export/convert", show_export),
    "history": ("history", show_all),
    "voices": ("voices", show_all),
    "dictionaries": ("dictionaries", show_all),
    "dictionary": ("dictionaries/{dictionary}", show_dictionary),
    "keys": ("settings/keys", show_all),
    "usage": ("settings/usage", show_all),
    "audit": ("settings/audit", show_all),
}


@pytest.mark.timeout(rounds(300, 3000))
def test_no_payload_runs_on_any_screen(browser: Browser, shelf: Shelf) -> None:
    """Because it is text: where the policy, which would stop it, is taken away; in a full run also where it holds."""
    look_at_all(browser, shelf, heeds_policies=False)
    if rounds(0, 1):
        look_at_all(browser, shelf, heeds_policies=True)


def look_at_all(browser: Browser, shelf: Shelf, *, heeds_policies: bool) -> None:
    """Go to each screen, and do there what shows what people have written."""
    with watched(browser, heeds_policies=heeds_policies) as window:
        complaints: list[str] = []

        def note(message: ConsoleMessage) -> None:
            if message.type == "error":
                complaints.append(message.text)

        window.context.on("console", note)
        window.context.set_default_timeout(10_000)
        sign_in(window.context, shelf.server)
        for name, (place, look) in SCREENS.items():
            where = place.format(
                project=shelf.book.project_id,
                chapter=shelf.book.chapter_ids[0],
                dictionary=shelf.dictionary_id,
            )
            window.page.goto("about:blank")
            window.page.goto(f"{shelf.server.url}/#/{where}")
            look(window.page, shelf)
            assert not window.ran, name
            assert not complaints, name
        own = (shelf.server.url, f"blob:{shelf.server.url}", "about:")
        assert [address for address in window.asked if not address.startswith(own)] == []
        assert runs_where_it_is_markup(window) is not heeds_policies


def runs_where_it_is_markup(window: Watched) -> bool:
    """Whether the window would have told of a payload that ran."""
    window.page.evaluate("try { document.body.innerHTML = '<img src=x: onerror=alert(1)>' } catch {}")
    window.page.wait_for_timeout(100)
    return bool(window.ran)
