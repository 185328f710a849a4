"""Feeds as values: what XML can't say is left out, and episodes are in order for whoever sorts by their times."""

import uuid
from dataclasses import replace

from lxml import etree
from tests.factories import make_project

from rhapsode.delivery.feed import Episode, Podcast, spaced_times
from rhapsode.delivery.feed_xml import FeedAddresses, write_feed
from rhapsode.studio.ids import ChapterSnapshotId

MINUTE_MS = 60_000
ADDRESSES = FeedAddresses(
    feed="https://a.example/feed?a=1&b=2",
    site="https://a.example",
    cover=None,
    audio=lambda episode: f"https://a.example/{episode.number}.mp3",
    transcript=lambda episode: f"https://a.example/{episode.number}.vtt",
)


def podcast_of(title: str) -> Podcast:
    """A podcast of one episode that is called as it is."""
    episode = Episode(
        ChapterSnapshotId("a"), uuid.UUID(int=2), title, 1, 1234, 44_100 * 61, 1_760_000_000_000
    )
    project = replace(make_project(), title=title, author=title, description=title)
    return Podcast(project, uuid.UUID(int=1), True, None, 1_760_000_000_000, (episode,))


def test_what_xml_can_not_say_is_replaced() -> None:
    """Control characters, halves of pairs and what is no character; all others are there as they were."""
    odd = "A\x00B\x0bC\ud800D\ufffeE\t<&>\"'\U0001f30a\u2028F"
    rss = etree.fromstring(write_feed(podcast_of(odd), ADDRESSES))
    said = rss.findtext("channel/item/title")
    assert said == "A\ufffdB\ufffdC\ufffdD\ufffdE\t<&>\"'\U0001f30a\u2028F"
    assert rss.findtext("channel/description") == said


def test_an_episode_is_told_as_it_is() -> None:
    """Its length in bytes and seconds, and its time as mail has it; the same podcast is the same feed."""
    written = write_feed(podcast_of("Tides"), ADDRESSES)
    assert write_feed(podcast_of("Tides"), ADDRESSES) == written
    (item,) = etree.fromstring(written).iterfind("channel/item")
    enclosure = item.find("enclosure")
    assert enclosure is not None
    said = [enclosure.get(name) for name in ("url", "length", "type")]
    assert said == ["https://a.example/1.mp3", "1234", "audio/mpeg"]
    assert item.findtext("pubDate") == "Thu, 09 Oct 2025 08:53:20 GMT"
    assert item.findtext("{http://www.itunes.com/dtds/podcast-1.0.dtd}duration") == "61"
    assert item.findtext("guid") == "urn:uuid:00000000-0000-0000-0000-000000000002"


def test_an_untitled_chapter_has_a_title() -> None:
    """Because an item needs one: that of the book, with its number."""
    podcast = podcast_of("Tides")
    nameless = replace(podcast, episodes=[replace(podcast.episodes[0], title=" ")])
    assert etree.fromstring(write_feed(nameless, ADDRESSES)).findtext("channel/item/title") == "Tides, 1"


def test_times_are_in_reading_order_and_never_of_the_future() -> None:
    """Chapters that were made at once are a minute apart, and one that came later between others is between them."""
    assert spaced_times([]) == []
    assert spaced_times([90 * MINUTE_MS] * 3) == [88 * MINUTE_MS, 89 * MINUTE_MS, 90 * MINUTE_MS]
    assert spaced_times([50, 10 * MINUTE_MS]) == [50, 10 * MINUTE_MS]
    later = spaced_times([88 * MINUTE_MS, 500 * MINUTE_MS, 90 * MINUTE_MS])
    assert later == [88 * MINUTE_MS, 89 * MINUTE_MS, 90 * MINUTE_MS]
