"""Podcast feeds: valid for players, opened by one token, and true about the files that they name."""

import re
from email.utils import parsedate_to_datetime
from typing import Any

import httpx
import pytest
from elevenlabs import ElevenLabs
from lxml import etree

from .asking import get_anew, head_anew
from .journeys import HARBOUR, convert_and_wait, error_of, make_project
from .running import LiveServer
from .test_covers import png

NAMES = {
    "itunes": "http://www.itunes.com/dtds/podcast-1.0.dtd",
    "podcast": "https://podcastindex.org/namespace/1.0",
    "atom": "http://www.w3.org/2005/Atom",
}
ODD = 'Tides & <Ebb> "of" \U0001f30a ]]>'


def owned(project_id: str) -> str:
    """Where a feed is for its owner."""
    return f"/rhapsode/v1/studio/projects/{project_id}/feed"


def link_of(http: httpx.Client, project_id: str) -> str:
    """Where a feed is for players."""
    return str(http.get(f"/rhapsode/v1/studio/projects/{project_id}/links").json()["feed_url"])


def channel_of(content: bytes) -> Any:
    """The one channel of a feed."""
    rss = etree.fromstring(content)
    assert (rss.tag, rss.get("version")) == ("rss", "2.0")
    (channel,) = rss
    return channel


def text(element: Any, name: str) -> str:
    """What an element says that has to be there once."""
    (found,) = element.findall(name, NAMES)
    return str(found.text)


def check_required(channel: Any) -> None:
    """See that all is there that RSS 2.0 and Apple require, and that a feed reader sorts by."""
    for name in ("title", "link", "description", "language", "itunes:author", "podcast:guid"):
        assert text(channel, name)
    assert channel.find("itunes:category", NAMES).get("text")
    assert text(channel, "itunes:explicit") in ("true", "false")
    for item in channel.findall("item"):
        for name in ("title", "guid", "pubDate", "itunes:duration", "itunes:episode"):
            assert text(item, name)
        (enclosure,) = item.findall("enclosure")
        assert re.fullmatch(r"http://127\.0\.0\.1:\d+/rhapsode/v1/shared/\S+\.mp3", enclosure.get("url"))
        assert enclosure.get("type") == "audio/mpeg"
        assert item.find("guid").get("isPermaLink") == "false"
    dates = [parsedate_to_datetime(text(item, "pubDate")) for item in channel.findall("item")]
    assert dates == sorted(set(dates))


def test_a_book_is_a_podcast(client: ElevenLabs, http: httpx.Client) -> None:
    """For its owner and for players, with an episode for each chapter, whose file is as the feed says."""
    project_id = make_project(
        client,
        title="Tides",
        author="Ida Strand",
        description="Of boats.",
        language="en",
        mature_content=True,
    )
    http.put(f"/rhapsode/v1/studio/projects/{project_id}/cover", content=png())
    convert_and_wait(client, project_id)
    url = link_of(http, project_id)

    answer = get_anew(url)
    channel = channel_of(answer.content)

    assert answer.headers["content-type"] == "application/rss+xml"
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert http.get(owned(project_id), headers={"host": "evil.example"}).content == answer.content
    check_required(channel)
    assert (text(channel, "title"), text(channel, "itunes:author")) == ("Tides", "Ida Strand")
    assert (text(channel, "description"), text(channel, "language")) == ("Of boats.", "en")
    assert (text(channel, "itunes:type"), text(channel, "itunes:explicit")) == ("serial", "true")
    assert text(channel, "itunes:block") == "Yes"
    assert channel.find("atom:link", NAMES).get("href") == url
    assert get_anew(channel.find("itunes:image", NAMES).get("href")).content == png()
    assert get_anew(text(channel.find("image"), "url")).content == png()
    items = channel.findall("item")
    assert [text(item, "title") for item in items] == ["The Harbour", "The Hill"]
    assert [text(item, "itunes:episode") for item in items] == ["1", "2"]
    for item in items:
        enclosure = item.find("enclosure")
        audio = get_anew(enclosure.get("url"))
        assert (len(audio.content), audio.headers["content-type"]) == (
            int(enclosure.get("length")),
            "audio/mpeg",
        )
        assert audio.headers["referrer-policy"] == "no-referrer"
        assert head_anew(enclosure.get("url")).headers["content-length"] == enclosure.get("length")
        part = get_anew(enclosure.get("url"), headers={"range": "bytes=100-199"})
        assert (part.status_code, part.content) == (206, audio.content[100:200])
        spoken = get_anew(item.find("podcast:transcript", NAMES).get("url"))
        assert spoken.headers["content-type"].startswith("text/vtt")
        assert spoken.content.startswith(b"WEBVTT\n\n00:00:0")
    assert b"They climbed." in spoken.content


def test_a_feed_is_asked_for_again_for_nothing(client: ElevenLabs, http: httpx.Client) -> None:
    """As long as nothing has changed, which a new title and a conversion do; episodes keep their names then."""
    project_id = make_project(client)
    url = link_of(http, project_id)
    empty = get_anew(url)
    check_required(channel_of(empty.content))
    assert channel_of(empty.content).find("item") is None
    convert_and_wait(client, project_id)
    first = get_anew(url)
    known = {"if-none-match": first.headers["etag"]}
    assert (get_anew(url, headers=known).status_code, first.headers["etag"]) == (304, first.headers["etag"])
    assert empty.headers["etag"] != first.headers["etag"]

    chapter = client.studio.projects.get(project_id).chapters[1]
    block = {
        "sub_type": "p",
        "nodes": [{"type": "tts_node", "voice_id": "tone_low", "text": "They ran down."}],
    }
    http.post(
        f"/v1/studio/projects/{project_id}/chapters/{chapter.chapter_id}",
        json={"content": {"blocks": [block]}},
    )
    convert_and_wait(client, project_id)
    second = get_anew(url, headers=known)

    assert second.status_code == 200
    before, after = (channel_of(each.content).findall("item") for each in (first, second))
    for name in ("guid", "pubDate", "itunes:episode"):
        assert [text(item, name) for item in before] == [text(item, name) for item in after]
    urls = [[item.find("enclosure").get("url") for item in items] for items in (before, after)]
    assert urls[0][0] == urls[1][0]
    assert urls[0][1] != urls[1][1]
    assert all(get_anew(each).status_code == 200 for each in (*urls[0], *urls[1]))


def test_any_title_is_valid_xml(client: ElevenLabs, http: httpx.Client) -> None:
    """Whatever people call things."""
    content = [{**HARBOUR[0], "name": ODD}]
    project_id = make_project(client, content, name=ODD, title=ODD, author=ODD, description=ODD)
    convert_and_wait(client, project_id)
    channel = channel_of(http.get(owned(project_id)).content)
    check_required(channel)
    assert [text(channel, name) for name in ("title", "itunes:author", "description")] == [ODD] * 3
    assert text(channel.find("item"), "title") == ODD


def test_a_lossless_book_is_heard_as_mp3(client: ElevenLabs, http: httpx.Client) -> None:
    """Of the very size that the feed says, ranges too."""
    project_id = make_project(client, quality_preset="ultra_lossless")
    convert_and_wait(client, project_id)
    item = channel_of(http.get(owned(project_id)).content).find("item")
    enclosure = item.find("enclosure")
    audio = get_anew(enclosure.get("url"))
    assert (audio.headers["content-type"], len(audio.content)) == ("audio/mpeg", int(enclosure.get("length")))
    part = get_anew(enclosure.get("url"), headers={"range": "bytes=-100"})
    assert (part.status_code, part.content) == (206, audio.content[-100:])


def test_a_conversation_is_episodic(server: LiveServer, client: ElevenLabs, http: httpx.Client) -> None:
    """Unlike a book, it begins with what is new."""
    podcast = client.studio.create_podcast(
        model_id="eleven_multilingual_v2",
        mode={"type": "bulletin", "bulletin": {"host_voice_id": "tone_low"}},
        source={
            "type": "text",
            "text": "The boat came in at six. Nobody stood on the quay. It rained all day.",
        },
    )
    channel = channel_of(http.get(owned(podcast.project.project_id)).content)
    check_required(channel)
    assert text(channel, "itunes:type") == "episodic"


def test_links_are_told_and_revoked(client: ElevenLabs, http: httpx.Client, anonymous: httpx.Client) -> None:
    """Each by itself: the others stay, and what was revoked is as what never was."""
    project_id = make_project(client)
    http.put(f"/rhapsode/v1/studio/projects/{project_id}/cover", content=png())
    http.post(f"/v1/audio-native/{project_id}/content")
    convert_and_wait(client, project_id)
    path = f"/rhapsode/v1/studio/projects/{project_id}/links"
    before = http.get(path).json()
    assert http.get(path).json() == before
    assert all(anonymous.get(url).status_code == 200 for url in before.values())
    episode = channel_of(get_anew(before["feed_url"]).content).find("item/enclosure").get("url")

    for kind in ("cover", "feed", "player"):
        name = f"{kind}_url"
        told = http.delete(f"{path}/{kind}").json()
        assert told == http.get(path).json()
        assert {each for each in before if told[each] != before[each]} == {name}
        gone = "player_not_found" if kind == "player" else "link_not_found"
        assert error_of(get_anew(before[name])) == (404, gone)
        assert get_anew(told[name]).status_code == 200
        before = told
    assert error_of(get_anew(episode)) == (404, "link_not_found")
    assert client.studio.projects.get(project_id).cover_image_url == before["cover_url"]
    assert http.delete(f"{path}/archive").status_code == 422


def test_a_link_opens_nothing_else(
    client: ElevenLabs, http: httpx.Client, other_client: ElevenLabs, other_http: httpx.Client
) -> None:
    """Neither of another project, nor of another workspace, nor another kind; and it ends with its project."""
    mine, other, foreign = make_project(client), make_project(client), make_project(other_client)
    url, others = link_of(http, mine), [link_of(http, other), link_of(other_http, foreign)]
    convert_and_wait(other_client, foreign)
    token = url.split("/")[-2]
    same = []
    for each in others:
        *place, _, name = each.split("/")
        same.append("/".join([*place, token, name]))
    same.append(url.replace("/feed/", "/cover/").replace("feed.xml", "cover"))
    same.append(url.replace(token, "A" * 43))
    strange = channel_of(get_anew(others[1]).content).find("item/enclosure").get("url").split("/")[-1]
    same.append(url.replace("feed.xml", strange))
    same.append(url.replace("feed.xml", strange.replace("mp3", "vtt")))
    same.append(url.replace("feed.xml", "cover.png"))
    client.studio.projects.delete(other)
    answers = [get_anew(each) for each in (*same, others[0])]
    assert [error_of(answer) for answer in answers] == [(404, "link_not_found")] * 8
    assert len({answer.json()["detail"]["message"] for answer in answers}) == 1
    assert get_anew(url).status_code == 200


@pytest.mark.parametrize(
    ("method", "name"),
    [("GET", "links"), ("GET", "feed"), ("DELETE", "links/feed"), ("DELETE", "links/player")],
)
def test_links_of_others_are_not_there(
    client: ElevenLabs, other_http: httpx.Client, anonymous: httpx.Client, method: str, name: str
) -> None:
    """A project of another workspace is as one that never was, and without a key nothing is told."""
    project_id = make_project(client)
    answers = [
        other_http.request(method, f"/rhapsode/v1/studio/projects/{each}/{name}")
        for each in (project_id, "A" * 20)
    ]
    assert [error_of(answer) for answer in answers] == [(404, "project_not_found")] * 2
    assert anonymous.request(method, f"/rhapsode/v1/studio/projects/{project_id}/{name}").status_code == 401
