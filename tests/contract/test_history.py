"""History: list, get, delete and audio."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest
from elevenlabs import ElevenLabs
from elevenlabs.core import ApiError
from tests.factories import ThisProcess

from rhapsode.rendering.speak import Speaking
from rhapsode.storage import history
from rhapsode.studio.history import HistoryFile, HistoryItem
from rhapsode.studio.ids import HistoryItemId, VoiceId, new_id

from .journeys import error_of
from .probing import probed
from .running import LiveServer
from .speaking import speak

PATH = "/v1/history"
DAY_S = 86_400
NOON_S = 1_760_000_000


def ids_of(http: httpx.Client, **query: Any) -> list[str]:
    """The ids of a page, in its order."""
    response = http.get(PATH, params=query)
    assert response.status_code == 200, response.text
    return [item["history_item_id"] for item in response.json()["history"]]


def test_nothing_was_spoken_yet(http: httpx.Client) -> None:
    """An empty history is a page without items."""
    assert http.get(PATH).json() == {
        "history": [],
        "last_history_item_id": None,
        "has_more": False,
        "scanned_until": None,
    }


def test_an_item_says_what_was_spoken(http: httpx.Client) -> None:
    """An item has its text, voice, model, settings, format and time, and the length of its text as its price."""
    before_s = int(time.time())
    spoken = http.post(
        "/v1/text-to-speech/tone_low",
        params={"output_format": "pcm_16000"},
        json={"text": "Ahoy, café!", "model_id": "eleven_flash_v2_5", "voice_settings": {"speed": 1.1}},
    )
    item = http.get(f"{PATH}/{spoken.headers['history-item-id']}").json()
    assert before_s <= item["date_unix"] <= time.time()
    assert item["character_count_change_to"] - item["character_count_change_from"] == 11
    assert item["request_id"] == spoken.headers["request-id"]
    assert item["settings"] == {
        "stability": 0.5,
        "similarity_boost": 0.75,
        "style": 0.0,
        "speed": 1.1,
        "use_speaker_boost": True,
    }
    expected = {
        "history_item_id": spoken.headers["history-item-id"],
        "voice_id": "tone_low",
        "voice_name": "Tone Low",
        "voice_category": "premade",
        "model_id": "eleven_flash_v2_5",
        "text": "Ahoy, café!",
        "content_type": "audio/pcm",
        "output_format": "pcm_16000",
        "state": "created",
        "source": "TTS",
        "dialogue": None,
        "share_link_id": None,
        "feedback": None,
    }
    assert {name: item[name] for name in expected} == expected


def test_an_item_s_alignment_is_that_of_its_text(http: httpx.Client) -> None:
    """An item that is asked for by its id says where each character is heard; one in a list doesn't."""
    item = http.get(f"{PATH}/{speak(http, 'Ahoy, café!')}").json()
    alignment = item["alignments"]["alignment"]
    assert "".join(alignment["characters"]) == "Ahoy, café!"
    assert len(alignment["character_start_times_seconds"]) == len("Ahoy, café!")
    assert item["alignments"]["normalized_alignment"] == alignment
    assert http.get(PATH).json()["history"] == [item | {"alignments": None}]


def test_newest_first_and_oldest_first(http: httpx.Client) -> None:
    """The newest item comes first, unless the other direction is asked for."""
    spoken = [speak(http, text) for text in ("One.", "Two.", "Three.")]
    assert ids_of(http) == spoken[::-1]
    assert ids_of(http, sort_direction="desc") == spoken[::-1]
    assert ids_of(http, sort_direction="asc") == spoken


@pytest.mark.parametrize("direction", ["asc", "desc"])
def test_pages_join_to_the_whole(http: httpx.Client, direction: str) -> None:
    """Going on after the last id of each page gives every item once; the last page says that it is the last."""
    for number in range(5):
        speak(http, f"Number {number}.")
    whole = ids_of(http, sort_direction=direction)
    query: dict[str, Any] = {"page_size": 2, "sort_direction": direction}
    pages = [http.get(PATH, params=query).json()]
    while pages[-1]["has_more"]:
        query["start_after_history_item_id"] = pages[-1]["last_history_item_id"]
        pages.append(http.get(PATH, params=query).json())
    assert [len(page["history"]) for page in pages] == [2, 2, 1]
    assert [item["history_item_id"] for page in pages for item in page["history"]] == whole
    assert all(page["scanned_until"] == page["history"][-1]["date_unix"] for page in pages)


def test_a_page_that_is_just_full_has_no_next(http: httpx.Client) -> None:
    """`has_more` is about items, not about the size of the page."""
    speak(http, "One.")
    assert http.get(PATH, params={"page_size": 1}).json()["has_more"] is False


def test_going_on_after_a_deleted_item(http: httpx.Client) -> None:
    """A cursor stays where it was when its item is deleted meanwhile."""
    first, second, third = (speak(http, text) for text in ("One.", "Two.", "Three."))
    http.delete(f"{PATH}/{second}")
    assert ids_of(http, start_after_history_item_id=second) == [first]
    assert ids_of(http, start_after_history_item_id=second, sort_direction="asc") == [third]


@pytest.mark.parametrize("page_size", [0, -1, 1001])
def test_a_page_size_out_of_bounds_is_refused(http: httpx.Client, page_size: int) -> None:
    """A page holds 1 to 1,000 items."""
    assert error_of(http.get(PATH, params={"page_size": page_size})) == (400, "invalid_page_size")


def test_the_largest_page_is_a_thousand_items(http: httpx.Client) -> None:
    """1,000 is allowed."""
    assert http.get(PATH, params={"page_size": 1000}).status_code == 200


@pytest.mark.parametrize(
    "query",
    [{"page_size": "many"}, {"sort_direction": "up"}, {"source": "Nowhere"}, {"date_before_unix": "noon"}],
)
def test_a_query_of_another_type_is_a_validation_error(http: httpx.Client, query: dict[str, str]) -> None:
    """What isn't of the contract's type or enum is a 422."""
    assert http.get(PATH, params=query).status_code == 422


def test_filters_by_what_was_spoken(http: httpx.Client) -> None:
    """Voice, model, source and a part of the text, whatever its case; all of them together too."""
    low = speak(http, "The lamp was lit.", model_id="eleven_flash_v2_5")
    high = speak(http, "Nobody saw it: 100 % dark.", voice_id="tone_high")
    assert ids_of(http, voice_id="tone_high") == [high]
    assert ids_of(http, model_id="eleven_flash_v2_5") == [low]
    assert ids_of(http, search="LAMP") == [low]
    assert ids_of(http, search="0 % d") == [high]
    assert ids_of(http, search="_") == []
    assert ids_of(http, source="TTS") == [high, low]
    assert ids_of(http, source="STS") == []
    assert ids_of(http, voice_id="tone_high", search="lamp") == []


def keep_item(server: LiveServer, created_at_s: float) -> str:
    """An item of a certain time, without audio, as no client can make it; its id."""
    created_at_ms = int(created_at_s * 1000)
    item = HistoryItem(
        history_item_id=HistoryItemId(new_id(created_at_ms)),
        request_id=new_id(created_at_ms),
        voice_id=VoiceId("tone_low"),
        voice_name="Tone Low",
        model_id="eleven_multilingual_v2",
        language="en",
        text="Some time ago.",
        output_format="mp3_44100_128",
        created_at_ms=created_at_ms,
    )
    with server.records.write(server.workspace_id) as tx:
        history.insert_item(tx, item)
    return item.history_item_id


def test_filters_by_date(http: httpx.Client, server: LiveServer) -> None:
    """`date_after_unix` includes its second, `date_before_unix` excludes it."""
    first, second, third = (keep_item(server, NOON_S + days * DAY_S + 0.25) for days in (0, 1, 2))
    middle_s = NOON_S + DAY_S
    assert ids_of(http, date_after_unix=middle_s) == [third, second]
    assert ids_of(http, date_after_unix=middle_s + 1) == [third]
    assert ids_of(http, date_before_unix=middle_s) == [first]
    assert ids_of(http, date_before_unix=middle_s + 1) == [second, first]
    assert ids_of(http, date_after_unix=middle_s, date_before_unix=middle_s + 1) == [second]


def test_a_deleted_item_is_gone(http: httpx.Client) -> None:
    """After a delete there is no item, no audio and nothing to delete; the others stay."""
    kept, deleted = speak(http, "One."), speak(http, "Two.")
    assert http.delete(f"{PATH}/{deleted}").json() == {"status": "ok"}
    assert ids_of(http) == [kept]
    for response in (
        http.get(f"{PATH}/{deleted}"),
        http.get(f"{PATH}/{deleted}/audio"),
        http.delete(f"{PATH}/{deleted}"),
    ):
        assert error_of(response) == (404, "history_item_not_found")


def test_another_workspace_s_item_isn_t_there(http: httpx.Client, other_http: httpx.Client) -> None:
    """A foreign id is answered like one that names nothing, and the item stays where it is."""
    foreign = speak(other_http, "Nobody's business.")
    for method, path in (("GET", ""), ("GET", "/audio"), ("DELETE", "")):
        foreign_answer = http.request(method, f"{PATH}/{foreign}{path}")
        absent_answer = http.request(method, f"{PATH}/absent{path}")
        assert error_of(foreign_answer) == error_of(absent_answer) == (404, "history_item_not_found")
        assert foreign_answer.json()["detail"]["status"] == "invalid_id"
    assert ids_of(http) == []
    assert ids_of(other_http) == [foreign]


@pytest.mark.parametrize(
    ("output_format", "media_type"),
    [
        ("mp3_44100_128", "audio/mpeg"),
        ("pcm_16000", "audio/pcm"),
        ("wav_16000", "audio/wav"),
        ("ulaw_8000", "audio/basic"),
        ("opus_48000_64", "audio/ogg"),
    ],
)
def test_audio_is_as_it_was_spoken(http: httpx.Client, output_format: str, media_type: str) -> None:
    """The audio of an item is the bytes that its request got, with their type, size and a name."""
    spoken = http.post(
        "/v1/text-to-speech/tone_low",
        params={"output_format": output_format},
        json={"text": "The lamp was lit."},
    )
    url = f"{PATH}/{spoken.headers['history-item-id']}/audio"
    audio = http.get(url)
    assert audio.content == spoken.content
    assert audio.headers["content-type"] == media_type
    assert int(audio.headers["content-length"]) == len(audio.content)
    head = http.head(url)
    assert head.status_code == 200
    assert head.headers["content-length"] == audio.headers["content-length"]


@pytest.mark.parametrize("path", [PATH, f"{PATH}/any", f"{PATH}/any/audio"])
def test_no_key_no_history(anonymous: httpx.Client, path: str) -> None:
    """Nothing of a history is seen without a key."""
    assert error_of(anonymous.get(path)) == (401, "needs_authorization")


def test_the_official_sdk_reads_and_deletes(client: ElevenLabs, http: httpx.Client) -> None:
    """List, get, audio and delete through the SDK."""
    first, second = speak(http, "One."), speak(http, "Two.", voice_id="tone_high")
    page = client.history.list(page_size=1)
    assert (page.has_more, page.history[0].history_item_id) == (True, second)
    page = client.history.list(page_size=1, start_after_history_item_id=page.last_history_item_id)
    assert (page.has_more, page.history[0].text) == (False, "One.")
    item = client.history.get(second)
    assert item.voice_id == "tone_high"
    assert item.alignments is not None
    assert item.alignments.alignment.characters == list("Two.")
    audio = b"".join(client.history.get_audio(second))
    assert audio == http.get(f"{PATH}/{second}/audio").content
    assert client.history.delete(first).status == "ok"
    with pytest.raises(ApiError) as refused:
        client.history.get(first)
    assert refused.value.status_code == 404


class HeldUp(Speaking):
    """Makes copies as soon as it may."""

    may_go_on = threading.Event()

    def ensure_file(self, *item: Any) -> HistoryFile:
        """See Speaking."""
        assert self.may_go_on.wait(30)
        return super().ensure_file(*item)


def test_copies_that_take_long_keep_nobody_waiting(server: LiveServer, http: httpx.Client) -> None:
    """However many downloads have WAV files made, other requests are answered, and downloads of what is there."""
    body = {"history_item_ids": [speak(http, "The lamp was lit."), speak(http, "Nobody saw it.")]}
    speaking = HeldUp(server.records, server.studio.blobs, ThisProcess(1))
    with probed(server, speaking=speaking) as url, ThreadPoolExecutor(50) as threads:
        copies = [
            threads.submit(http.post, f"{url}{PATH}/download", json=body | {"output_format": "wav"})
            for _ in range(50)
        ]
        try:
            time.sleep(0.5)
            assert http.get(f"{url}/health", timeout=5).status_code == 200
            assert http.post(f"{url}{PATH}/download", json=body, timeout=5).status_code == 200
            assert not any(copy.done() for copy in copies)
        finally:
            speaking.may_go_on.set()
    assert {copy.result().status_code for copy in copies} == {200}


@pytest.mark.parametrize("cursor", ["nope", "x" * 20 + "y", "ÄÖÜ", "0" * 19 + "-"])
def test_a_cursor_that_is_no_id_is_refused(http: httpx.Client, cursor: str) -> None:
    """A client whose cursor was mangled would page for ever from the beginning."""
    refused = http.get("/v1/history", params={"start_after_history_item_id": cursor})
    assert error_of(refused) == (400, "invalid_cursor")
