"""Voices: what is installed, and the ids that clients bring along."""

import time
from typing import Any

import httpx
import pytest
from elevenlabs import ElevenLabs
from tests.factories import need_espeak

from rhapsode.engines.registry import list_voices
from rhapsode.voices.catalogue import engine_catalogue
from rhapsode.voices.premade import PREMADE_VOICES

from .journeys import error_of
from .speaking import speak

RACHEL, GEORGE = "21m00Tcm4TlvDq8ikWAM", "JBFqnCBsd6RMkjVDRZzb"


@pytest.fixture(autouse=True)
def voices_that_speak() -> None:
    """Premade ids are answered by voices of espeak."""
    need_espeak()


def search(http: httpx.Client, **query: Any) -> dict[str, Any]:
    """One page of the second version's list."""
    response = http.get("/v2/voices", params={"page_size": 100, **query})
    assert response.status_code == 200, response.text
    found: dict[str, Any] = response.json()
    return found


def ids(page: dict[str, Any]) -> list[str]:
    """The ids of a page."""
    return [voice["voice_id"] for voice in page["voices"]]


def test_the_list_has_what_is_installed_and_then_what_clients_know(client: ElevenLabs) -> None:
    """In the order of the registry, the default first; each premade id once."""
    listed = client.voices.get_all().voices

    installed = [voice.voice_id for voice in list_voices()]
    assert [voice.voice_id for voice in listed] == installed + [voice.voice_id for voice in PREMADE_VOICES]
    assert {voice.category for voice in listed} == {"premade"}


def test_a_local_voice_says_what_it_is(client: ElevenLabs) -> None:
    """Name, labels, settings, and each language it speaks, with the region where that matters."""
    voice = client.voices.get("espeak_birch")

    assert (voice.voice_id, voice.name, voice.description) == (
        "espeak_birch",
        "Birch",
        "Birch: warm and steady.",
    )
    assert voice.labels == {
        "gender": "female",
        "age": "middle_aged",
        "accent": "american",
        "description": "warm and steady",
        "language": "en",
    }
    assert voice.settings is not None
    assert voice.settings.speed == 1.0
    spoken = {(language.language, language.locale) for language in voice.verified_languages or ()}
    assert {("en", "en-US"), ("en", "en-GB"), ("de", None), ("pt", "pt-BR")} <= spoken
    assert len(spoken) > 70


def test_a_premade_id_keeps_its_name_and_says_who_answers(client: ElevenLabs) -> None:
    """The id that was asked for comes back, with the original's labels."""
    rachel = client.voices.get(RACHEL)

    assert (rachel.voice_id, rachel.name, rachel.category) == (RACHEL, "Rachel", "premade")
    assert rachel.labels == {"gender": "female", "age": "young", "accent": "american", "language": "en"}
    assert rachel.description is not None
    assert rachel.description.startswith(f"Answered by {engine_catalogue().get(RACHEL).name}: ")


def test_a_premade_id_speaks(http: httpx.Client) -> None:
    """An unchanged script gets speech, and its history shows the id it asked for."""
    item_id = speak(http, "Hello.", voice_id=GEORGE)

    assert http.get(f"/v1/history/{item_id}").json()["voice_id"] == GEORGE


@pytest.mark.parametrize("voice_id", ["nobody", "Birch", "ESPEAK_BIRCH", RACHEL.lower()])
def test_what_is_no_id_is_not_found(http: httpx.Client, voice_id: str) -> None:
    """A name is no id on the wire, and an id has one spelling."""
    for path in (f"/v1/voices/{voice_id}", f"/v1/voices/{voice_id}/settings"):
        response = http.get(path)

        assert error_of(response) == (404, "voice_not_found")
        assert voice_id in response.json()["detail"]["message"]


def test_settings_are_the_defaults(http: httpx.Client) -> None:
    """Those of the contract, for every voice alike."""
    expected = {
        "stability": 0.5,
        "use_speaker_boost": True,
        "similarity_boost": 0.75,
        "style": 0.0,
        "speed": 1.0,
    }

    for path in ("settings/default", f"{GEORGE}/settings", "tone_low/settings"):
        assert http.get(f"/v1/voices/{path}").json() == expected


def test_pages_join_to_the_whole_list(client: ElevenLabs) -> None:
    """Ten by default, each page after the last of the one before, and nothing twice."""
    expected = [voice.voice_id for voice in client.voices.get_all().voices]
    found, token = [], None
    while True:
        page = client.voices.search(next_page_token=token) if token else client.voices.search()
        assert len(page.voices) == 10 or not page.has_more
        assert page.total_count == len(expected)
        found += [voice.voice_id for voice in page.voices]
        token = page.next_page_token
        assert (token is not None) == page.has_more
        if token is None:
            break

    assert found == expected


def test_a_page_that_ends_with_the_list_is_the_last(http: httpx.Client) -> None:
    """No empty page follows a full one."""
    page = search(http, page_size=2, gender="neutral", search="tone")

    assert ids(page) == ["tone_low", "tone_high"]
    assert (page["has_more"], page["next_page_token"], page["total_count"]) == (False, None, 2)


def test_pages_of_a_narrowed_and_sorted_list_join_too(http: httpx.Client) -> None:
    """A token belongs to a list in its order."""
    whole = search(http, gender="female", sort="name", sort_direction="desc")
    found: list[str] = []
    token: str | None = ""
    while token is not None:
        query = {"page_size": 7, "next_page_token": token}
        page = search(http, gender="female", sort="name", sort_direction="desc", **query)
        found, token = found + ids(page), page["next_page_token"]

    names = [voice["name"] for voice in whole["voices"]]
    assert names == sorted(names, reverse=True)
    assert found == ids(whole)


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({"page_size": 0}, "invalid_page_size"),
        ({"page_size": 101}, "invalid_page_size"),
        ({"next_page_token": "nobody"}, "invalid_cursor"),
        ({"next_page_token": "tone_low", "gender": "female"}, "invalid_cursor"),
        ({"sort": "mood"}, "invalid_parameters"),
        ({"voice_type": "mine"}, "invalid_parameters"),
        ({"voice_ids": [str(number) for number in range(101)]}, "invalid_parameters"),
    ],
)
def test_questions_without_an_answer_are_refused(
    http: httpx.Client, query: dict[str, Any], code: str
) -> None:
    """Each with a code that says which part of it."""
    assert error_of(http.get("/v2/voices", params=query)) == (400, code)


def test_labels_narrow_the_list(http: httpx.Client) -> None:
    """Each label by its exact value, whatever its case, and several together."""
    for label, value in (("gender", "female"), ("age", "Old"), ("accent", "british")):
        page = search(http, **{label: value})
        assert {voice["labels"][label] for voice in page["voices"]} == {value.lower()}
        assert page["total_count"] > 2
    both = search(http, gender="female", age="old", accent="british")

    assert ids(both) == ["espeak_myrtle"]


def test_a_search_looks_at_what_a_person_reads(http: httpx.Client) -> None:
    """Names, descriptions, labels and the category, whatever the case; not ids."""
    assert ids(search(http, search="MYRTLE")) == ["espeak_myrtle"]
    assert ids(search(http, search="trembling")) == ["espeak_myrtle"]
    assert RACHEL in ids(search(http, search="rachel"))
    assert "espeak_pine" in ids(search(http, search="scottish"))
    assert search(http, search="premade")["total_count"] == search(http)["total_count"]
    assert search(http, search=RACHEL)["total_count"] == 0


def test_a_language_finds_whoever_speaks_it(http: httpx.Client) -> None:
    """Repeated for several; by its tag with or without a region. Beeps are no language."""
    polish, none = search(http, language="pl"), search(http, language="tlh")
    several = search(http, language=["tlh", "pt-BR"])

    assert "espeak_alder" in ids(polish)
    assert "tone_low" not in ids(polish)
    assert none["total_count"] == 0
    assert several["total_count"] == polish["total_count"]


def test_ids_can_be_looked_up_together(http: httpx.Client) -> None:
    """Those there are, in the order of the list."""
    assert ids(search(http, voice_ids=[RACHEL, "espeak_oak", "nobody"])) == ["espeak_oak", RACHEL]


@pytest.mark.parametrize(
    ("query", "finds_all"),
    [
        ({"voice_type": "default"}, True),
        ({"category": "premade"}, True),
        ({"include_total_count": False}, True),
        ({"include_custom_rates": False, "include_live_moderated": False}, True),
        ({"min_notice_period_days": 0, "high_quality": False}, True),
        ({"voice_type": "personal"}, False),
        ({"voice_type": "non-default"}, False),
        ({"category": "cloned"}, False),
        ({"fine_tuning_state": "fine_tuned"}, False),
        ({"collection_id": "favourites"}, False),
        ({"high_quality": True}, False),
        ({"min_notice_period_days": 30}, False),
        ({"use_cases": ["narration"]}, False),
    ],
)
def test_all_voices_are_default_ones(http: httpx.Client, query: dict[str, Any], finds_all: bool) -> None:
    """Who asks for cloned, shared, tuned or collected voices is told that there are none."""
    expected = len(list_voices()) + len(PREMADE_VOICES) if finds_all else 0

    assert search(http, **query)["total_count"] == expected


def test_listing_all_voices_is_quick(http: httpx.Client) -> None:
    """With each of their languages; the first request may still have to find the engines."""
    http.get("/v1/voices")
    durations_s = []
    for _ in range(5):
        started_s = time.perf_counter()
        response = http.get("/v1/voices")
        durations_s.append(time.perf_counter() - started_s)

    assert len(response.json()["voices"]) > 70
    assert min(durations_s) < 0.5
