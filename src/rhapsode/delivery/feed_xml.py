"""A podcast as RSS 2.0, with what Apple's and the podcast namespace add.

Sources: RSS 2.0 (rssboard.org/rss-specification); Apple's "A Podcaster's Guide to RSS"; the podcast namespace
(podcastindex.org/namespace/1.0).
"""

import xml.etree.ElementTree as ET
from collections.abc import Callable
from dataclasses import dataclass
from email.utils import formatdate

from rhapsode.audio.encoding import SAMPLE_RATE_HZ
from rhapsode.delivery.feed import Episode, Podcast
from rhapsode.documents.readalong.xml_text import allowed

_ITUNES = "http://www.itunes.com/dtds/podcast-1.0.dtd"
_PODCAST = "https://podcastindex.org/namespace/1.0"
_ATOM = "http://www.w3.org/2005/Atom"
_PREFIXES = {"itunes": _ITUNES, "podcast": _PODCAST, "atom": _ATOM}
MEDIA_TYPE = "application/rss+xml"
_AUDIO_TYPE = "audio/mpeg"
_TRANSCRIPT_TYPE = "text/vtt"
_BOOKS = ("Arts", "Books")
_TALKS = ("Society & Culture", None)


@dataclass(frozen=True, slots=True)
class FeedAddresses:
    """Where the parts of a feed are, all absolute. cover: None without one.    site: what `link` names."""

    feed: str
    site: str
    cover: str | None
    audio: Callable[[Episode], str]
    transcript: Callable[[Episode], str]


def write_feed(podcast: Podcast, addresses: FeedAddresses) -> bytes:
    """The feed. Pure: the same podcast at the same addresses is the same bytes."""
    rss = ET.Element("rss", {"version": "2.0"} | {f"xmlns:{name}": url for name, url in _PREFIXES.items()})
    channel = ET.SubElement(rss, "channel")
    _add_channel(channel, podcast, addresses)
    for episode in podcast.episodes:
        _add_episode(ET.SubElement(channel, "item"), podcast, episode, addresses)
    ET.indent(rss)
    written: bytes = ET.tostring(rss, encoding="utf-8", xml_declaration=True)
    return written + b"\n"


def _add_channel(channel: ET.Element, podcast: Podcast, addresses: FeedAddresses) -> None:
    project = podcast.project
    _add(channel, "title", podcast.title)
    _add(channel, "link", addresses.site)
    _add(channel, "description", project.description or podcast.title)
    _add(channel, "language", project.language.replace("_", "-").lower())
    _add(channel, "pubDate", _date(podcast.made_at_ms))
    _add(channel, "lastBuildDate", _date(podcast.made_at_ms))
    _add(channel, "generator", "Rhapsode")
    _add(channel, "atom:link", href=addresses.feed, rel="self", type=MEDIA_TYPE)
    _add(channel, "itunes:author", project.author or podcast.title)
    _add(channel, "itunes:type", "serial" if podcast.is_serial else "episodic")
    _add(channel, "itunes:explicit", _explicit(podcast))
    # Its address is a secret of those who have it: directories that come to know it don't list it.
    _add(channel, "itunes:block", "Yes")
    _add_category(channel, *(_BOOKS if podcast.is_serial else _TALKS))
    _add(channel, "podcast:guid", str(podcast.guid))
    _add(channel, "podcast:medium", "audiobook" if podcast.is_serial else "podcast")
    if addresses.cover is not None:
        _add(channel, "itunes:image", href=addresses.cover)
        image = ET.SubElement(channel, "image")
        for name, text in (("url", addresses.cover), ("title", podcast.title), ("link", addresses.site)):
            _add(image, name, text)


def _add_category(channel: ET.Element, category: str, subcategory: str | None) -> None:
    whole = _add(channel, "itunes:category", text=category)
    if subcategory is not None:
        _add(whole, "itunes:category", text=subcategory)


def _add_episode(item: ET.Element, podcast: Podcast, episode: Episode, addresses: FeedAddresses) -> None:
    title = episode.title.strip() or f"{podcast.title}, {episode.number}"
    _add(item, "title", title)
    _add(item, "itunes:title", title)
    _add(item, "itunes:episode", str(episode.number))
    _add(item, "itunes:episodeType", "full")
    _add(item, "guid", f"urn:uuid:{episode.guid}", isPermaLink="false")
    _add(item, "pubDate", _date(episode.published_at_ms))
    _add(item, "itunes:duration", str(round(episode.duration_samples / SAMPLE_RATE_HZ)))
    _add(item, "itunes:explicit", _explicit(podcast))
    _add(item, "enclosure", url=addresses.audio(episode), length=str(episode.size_bytes), type=_AUDIO_TYPE)
    _add(
        item,
        "podcast:transcript",
        url=addresses.transcript(episode),
        type=_TRANSCRIPT_TYPE,
        language=podcast.project.language.replace("_", "-"),
    )


def _add(parent: ET.Element, name: str, content: str | None = None, /, **attributes: str) -> ET.Element:
    element = ET.SubElement(parent, name, {key: _sayable(value) for key, value in attributes.items()})
    element.text = None if content is None else _sayable(content)
    return element


def _sayable(text: str) -> str:
    return allowed(text, instead="\ufffd")


def _explicit(podcast: Podcast) -> str:
    return "true" if podcast.project.details.mature_content else "false"


def _date(at_ms: int) -> str:
    return formatdate(at_ms // 1000, usegmt=True)
