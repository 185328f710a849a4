"""How voices sound, for whoever has the address."""

import httpx
from elevenlabs import ElevenLabs
from tests.factories import need_espeak

from rhapsode.voices.catalogue import engine_catalogue

from .asking import get_anew, head_anew
from .journeys import error_of


def urls(http: httpx.Client, path: str) -> dict[str, str]:
    """The preview of each voice of a list, which the SDK would take a second to read."""
    return {voice["voice_id"]: voice["preview_url"] for voice in http.get(path).json()["voices"]}


def test_every_voice_can_be_heard(client: ElevenLabs, http: httpx.Client) -> None:
    """At an address that both versions of the list have, without a key; it costs nothing and is in no history."""
    listed = urls(http, "/v1/voices")
    assert urls(http, "/v2/voices?page_size=100").items() <= listed.items()
    assert len(set(listed.values())) == len(listed)
    url = listed["tone_high"]
    assert client.voices.get("tone_high").preview_url == url

    heard = get_anew(url)

    assert (heard.status_code, heard.headers["content-type"]) == (200, "audio/mpeg")
    assert len(heard.content) > 10_000
    assert get_anew(url).content == heard.content
    assert get_anew(url, headers={"range": "bytes=5-9"}).content == heard.content[5:10]
    assert head_anew(url).headers["content-length"] == str(len(heard.content))
    assert heard.headers["referrer-policy"] == "no-referrer"
    assert client.history.list().history == []
    assert client.user.subscription.get().character_count == 0


def test_a_premade_voice_sounds_like_the_one_that_answers_it(client: ElevenLabs) -> None:
    """In the sentence of that one's language."""
    need_espeak()
    rachel = "21m00Tcm4TlvDq8ikWAM"
    heard = [
        get_anew(str(client.voices.get(each).preview_url))
        for each in (rachel, engine_catalogue().get(rachel).voice_id)
    ]
    assert heard[0].content == heard[1].content
    assert heard[0].url != heard[1].url


def test_a_preview_is_revoked(client: ElevenLabs, http: httpx.Client, other_http: httpx.Client) -> None:
    """By its workspace, for itself alone; a voice that was deleted is heard no more."""
    before = client.voices.get("tone_low").preview_url
    others = other_http.get("/v1/voices/tone_low").json()["preview_url"]
    assert before is not None
    revoked = http.delete("/rhapsode/v1/voices/tone_low/links/preview").json()
    assert revoked["preview_url"] == client.voices.get("tone_low").preview_url != before
    gone = error_of(get_anew(before))
    assert gone == (404, "link_not_found")
    assert [get_anew(url).status_code for url in (revoked["preview_url"], others)] == [200, 200]
    assert error_of(get_anew(revoked["preview_url"].replace("tone_low", "tone_high"))) == gone
    client.voices.delete("tone_low")
    assert error_of(get_anew(revoked["preview_url"])) == gone
    assert error_of(http.delete("/rhapsode/v1/voices/nobody/links/preview")) == (404, "voice_not_found")
