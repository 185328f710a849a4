"""Whatever people write as names and texts, no page, feed or file name takes it for markup or script."""

import uuid
import xml.etree.ElementTree as ET
from html.parser import HTMLParser
from urllib.parse import quote

import lxml.html
import pytest

from rhapsode.api.addresses import Addresses
from rhapsode.api.audio_native_models import html_snippet
from rhapsode.api.byte_routes import content_disposition
from rhapsode.delivery.feed import Episode, Podcast
from rhapsode.delivery.feed_xml import FeedAddresses, write_feed
from rhapsode.delivery.players import OpenPlayer
from rhapsode.delivery.zip_layout import clean_title
from rhapsode.storage.players import Player, PlayerSettings
from rhapsode.studio.ids import ChapterSnapshotId, ProjectId, ProjectSnapshotId, WorkspaceId
from rhapsode.studio.project import Project
from rhapsode.web.documentation.markup import page_html
from rhapsode.web.documentation.site import Page, Site
from rhapsode.web.player import _page

from .payloads import PAYLOADS

_RUNNING = ("script", "iframe", "object", "embed", "style", "svg", "math", "base", "meta", "link")
_RUNNING_LINKS = ("javascript:", "data:", "//x")


class _Skeleton(HTMLParser):
    """Elements with their attributes, and texts apart from them."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, list[str]]] = []
        self.values: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, [name for name, _ in attrs]))
        self.values += [value or "" for _, value in attrs]

    def handle_data(self, data: str) -> None:
        self.values.append(data)

    def handle_comment(self, data: str) -> None:
        self.elements.append(("comment", [data]))


def skeleton(page: str) -> tuple[list[object], list[object]]:
    """What a page consists of but for its texts and values, as two parsers see it."""
    tree = [(element.tag, list(element.attrib)) for element in lxml.html.document_fromstring(page).iter()]
    return list(_Skeleton(page).elements), list(tree)


def player(text: str, *, is_own: bool, has_audio: bool) -> OpenPlayer:
    """A player of a project all of whose words are one text. is_own: whether they are the player's."""
    project = Project(ProjectId("p"), text, 0, title=text, author=text, language=text)
    settings = PlayerSettings(title=text, author=text) if is_own else PlayerSettings()
    snapshot_id = ProjectSnapshotId("s") if has_audio else None
    return OpenPlayer(
        WorkspaceId("w"), Player(ProjectId("p"), "token", settings), project, "default", snapshot_id
    )


def podcast(text: str) -> bytes:
    """A feed all of whose words are one text."""
    episode = Episode(ChapterSnapshotId("c"), uuid.UUID(int=1), text, 1, 7, 44_100, 0)
    project = Project(ProjectId("p"), text, 0, title=text, author=text, description=text, language=text)
    url = "https://books.example/"
    addresses = FeedAddresses(url, url, url, lambda _: url, lambda _: url)
    return write_feed(Podcast(project, uuid.UUID(int=2), True, "image/png", 0, [episode]), addresses)


def test_there_are_two_hundred() -> None:
    """And each is another one."""
    assert len(set(PAYLOADS)) >= 200


@pytest.mark.parametrize("is_own", [False, True])
@pytest.mark.parametrize("has_audio", [False, True])
def test_players_have_no_other_elements(is_own: bool, has_audio: bool) -> None:
    """Than with harmless words, and those are shown as they were written; so is the frame on somebody's site."""
    harmless = player("Tides", is_own=is_own, has_audio=has_audio)
    page, frame = skeleton(_page(harmless)), skeleton(html_snippet(Addresses("https://x.example"), harmless))
    for payload in PAYLOADS:
        hostile = player(payload, is_own=is_own, has_audio=has_audio)
        written = _page(hostile)
        assert skeleton(written) == page, payload
        assert _Skeleton(written).values.count(payload) >= 2, payload
        assert skeleton(html_snippet(Addresses("https://x.example"), hostile)) == frame, payload


def test_feeds_have_no_other_elements() -> None:
    """And a player that shows a title gets it as it was written, but for what XML can't say."""
    names = [(element.tag, sorted(element.attrib)) for element in ET.fromstring(podcast("Tides")).iter()]
    for payload in PAYLOADS:
        feed = ET.fromstring(podcast(payload))
        assert [(element.tag, sorted(element.attrib)) for element in feed.iter()] == names
        assert feed.findtext("channel/title") == payload.replace("\x0c", "\ufffd")


def test_documentation_runs_nothing() -> None:
    """Also where a description would say such things: Markdown's own markup is all that there is."""
    harmless = Page("/docs/x", "Tides", "Guide", "", "# Tides\n")
    usual = [tag for tag, _ in _Skeleton(page_html(Site([harmless]), harmless)).elements if tag in _RUNNING]
    for payload in PAYLOADS:
        page = Page("/docs/x", payload, "Guide", "", f"# {payload}\n\n{payload}\n\n| {payload} |\n| --- |\n")
        written = page_html(Site([page]), page)
        elements = _Skeleton(written).elements
        assert [tag for tag, _ in elements if tag in _RUNNING] == usual, payload
        assert not [name for _, names in elements for name in names if name.startswith("on")], payload
        tree = lxml.html.document_fromstring(written)
        links = [element.get(name, "") for element in tree.iter() for name in ("href", "src", "action")]
        assert not [link for link in links if link.lower().startswith(_RUNNING_LINKS)], payload


def test_names_of_files_end_nothing() -> None:
    """Neither the element that a folder's page would put them into, nor the header that tells them."""
    for payload in PAYLOADS:
        name = clean_title(payload)
        assert not set(name) & set('<>"/\\:|?*\r\n\x0c'), payload
        said = content_disposition(f"{payload}.zip")
        assert said.isascii()
        assert said.count('"') == 2
        assert not set(said) & set("<>\r\n"), payload
        assert quote(name, safe="")[:20] in said
