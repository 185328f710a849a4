"""Audio Native: articles with a player for pages of other sites."""

import json
import re
from typing import Any

import httpx
import pytest
from elevenlabs import ElevenLabs

from rhapsode.api import creating

from .asking import get_anew
from .journeys import convert_and_wait, error_of, make_project, wait_for
from .pages import serving_pages

PATH = "/v1/audio-native"
ARTICLE = b"<html lang='en'><body><div><p>The boat came in at six.</p><p>Nobody stood there.</p></div></body></html>"
XSS = "<script>alert(1)</script>\"'&"


def made(client: ElevenLabs, **fields: Any) -> Any:
    return client.audio_native.create(**{"name": "Tides", "voice_id": "tone_low", "file": ARTICLE, **fields})


def token_of(snippet: str) -> str:
    found = re.search(r'src="http://[^"]+/player/([\w-]{43})"', snippet)
    assert found is not None, snippet
    return found[1]


def texts_of(client: ElevenLabs, http: httpx.Client, project_id: str) -> list[str]:
    (chapter,) = client.studio.projects.get(project_id).chapters
    url = f"/v1/studio/projects/{project_id}/chapters/{chapter.chapter_id}"
    blocks = http.get(url).json()["content"]["blocks"]
    return ["".join(node["text"] for node in block["nodes"]) for block in blocks]


def test_an_article_is_heard(client: ElevenLabs, http: httpx.Client, anonymous: httpx.Client) -> None:
    """Title and author first, on a page that needs no key, in the frame that the snippet has."""
    answer = made(
        client,
        title="Ebb",
        author="A. Writer",
        auto_convert=True,
        apply_text_normalization="off",
        model_id="eleven_v3",
    )
    assert answer.converting is True
    wait_for(client, answer.project_id)
    assert texts_of(client, http, answer.project_id) == [
        "Ebb",
        "A. Writer",
        "The boat came in at six.",
        "Nobody stood there.",
    ]
    assert answer.html_snippet.startswith("<iframe ")

    token = token_of(answer.html_snippet)
    page = anonymous.get(f"/player/{token}")
    assert page.headers["content-type"].startswith("text/html")
    assert f'src="{token}/audio"' in page.text
    audio = anonymous.get(f"/player/{token}/audio")
    assert (audio.status_code, audio.headers["content-type"]) == (200, "audio/mpeg")
    head = anonymous.head(f"/player/{token}/audio")
    assert (head.headers["content-length"], head.content) == (str(len(audio.content)), b"")
    snapshot = client.studio.projects.snapshots.list(answer.project_id).snapshots[0]
    stream = f"/v1/studio/projects/{answer.project_id}/snapshots/{snapshot.project_snapshot_id}/stream"
    assert audio.content == http.post(stream).content

    found = client.audio_native.get_settings(answer.project_id)
    assert found.settings is not None
    assert (found.enabled, found.snapshot_id) == (True, snapshot.project_snapshot_id)
    assert (found.settings.title, found.settings.author) == ("Ebb", "A. Writer")
    assert (found.settings.status, found.settings.text_color) == ("ready", "#000000")
    assert found.settings.audio_url is not None
    assert get_anew(found.settings.audio_url).content == audio.content


def test_settings_are_followed(client: ElevenLabs, anonymous: httpx.Client) -> None:
    """By the page and its files, and told as they were said."""
    answer = made(
        client,
        small=True,
        text_color="#123456",
        background_color="rgb(1, 2, 3)",
        sessionization=30,
        image="https://pictures.example/cover.jpg?a=1&b=2",
    )
    assert answer.converting is False
    token = token_of(answer.html_snippet)
    page = anonymous.get(f"/player/{token}")
    assert 'class="small" data-minutes="30"' in page.text
    assert 'src="https://pictures.example/cover.jpg?a=1&amp;b=2"' in page.text
    assert "There is no audio yet." in page.text
    policy = page.headers["content-security-policy"]
    assert "img-src https://pictures.example;" in policy
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    style = anonymous.get(f"/player/{token}/colors.css").text
    assert style == ":root { --text: #123456; --background: rgb(1, 2, 3); }\n"
    for name in ("player.css", "player.js"):
        assert anonymous.get(f"/player/static/{name}").status_code == 200
    assert error_of(anonymous.get("/player/static/player.html")) == (404, "player_not_found")
    assert error_of(anonymous.get(f"/player/{token}/audio")) == (404, "player_not_found")

    settings = client.audio_native.get_settings(answer.project_id).settings
    assert settings is not None
    assert (settings.small, settings.sessionization, settings.title) == (True, 30, "Tides")
    assert (settings.audio_url, settings.background_color) == (None, "rgb(1, 2, 3)")


def test_texts_are_never_markup(client: ElevenLabs, anonymous: httpx.Client) -> None:
    """Whatever somebody calls an article, neither its page nor its frame runs it."""
    answer = made(client, name=XSS, title=XSS, author=XSS, image=f"https://pictures.example/{XSS}")
    page = anonymous.get(f"/player/{token_of(answer.html_snippet)}").text
    assert "alert(1)" in page
    for text in (page, answer.html_snippet):
        assert "<script>" not in text
        assert XSS not in text
        assert not re.search(r"""="[^"]*"[^\s>/]""", text)


@pytest.mark.parametrize(
    "fields",
    [
        {"text_color": "red; } body { background: url(https://x.example)"},
        {"background_color": "url(x)"},
        {"image": "javascript:alert(1)"},
        {"image": "data:image/png;base64,AAAA"},
        {"image": "https://x.example; script-src *"},
        {"name": " "},
        {"model_id": "no_such_model"},
        {"pronunciation_dictionary_locators": "{"},
    ],
)
def test_what_can_not_be_a_player(http: httpx.Client, fields: dict[str, str]) -> None:
    """Is refused with a 400, and nothing is made."""
    answer = http.post(PATH, files={"file": ("a.html", ARTICLE)}, data={"name": "Tides", **fields})
    assert answer.status_code == 400, answer.text
    assert http.get("/v1/studio/projects").json()["projects"] == []


def test_bad_requests(http: httpx.Client) -> None:
    """A form that doesn't fit is a 422; a file that is none is refused, and so is what can't be converted."""
    assert http.post(PATH, data={"title": "x"}).status_code == 422
    assert http.post(PATH, data={"name": "x", "sessionization": "-1"}).status_code == 422
    picture = {"file": ("a.png", b"\x89PNG\r\n\x1a\n")}
    assert error_of(http.post(PATH, data={"name": "x"}, files=picture))[0] == 400
    assert error_of(http.post(PATH, data={"name": "x", "file": "text"})) == (400, "invalid_file_type")
    voice = {"name": "x", "voice_id": "nobody"}
    assert error_of(http.post(PATH, data=voice)) == (404, "voice_not_found")
    assert http.get("/v1/studio/projects").json()["projects"] == []


def test_an_update_is_published_when_it_is_said_so(
    client: ElevenLabs, http: httpx.Client, anonymous: httpx.Client
) -> None:
    """Until then the page goes on with what it has; the token stays."""
    answer = made(client, title="Ebb", auto_convert=True)
    wait_for(client, answer.project_id)
    token = token_of(answer.html_snippet)
    before = anonymous.get(f"/player/{token}/audio").content

    held = client.audio_native.update(answer.project_id, file=b"It snowed all night.", auto_convert=True)
    assert (held.converting, held.publishing) == (True, False)
    wait_for(client, answer.project_id)
    assert texts_of(client, http, answer.project_id) == ["Ebb", "It snowed all night."]
    assert len(client.studio.projects.snapshots.list(answer.project_id).snapshots) == 2
    assert anonymous.get(f"/player/{token}/audio").content == before

    shown = client.audio_native.update(
        answer.project_id, file=b"It rained.", auto_convert=True, auto_publish=True
    )
    assert (shown.converting, shown.publishing) == (True, True)
    assert token_of(shown.html_snippet) == token
    wait_for(client, answer.project_id)
    assert anonymous.get(f"/player/{token}/audio").content != before


def test_any_project_can_have_a_player(client: ElevenLabs, anonymous: httpx.Client) -> None:
    """Which can be taken away again, with its token."""
    project_id = make_project(client)
    convert_and_wait(client, project_id)
    assert client.audio_native.get_settings(project_id).enabled is False
    first = token_of(client.audio_native.update(project_id).html_snippet)
    assert anonymous.get(f"/player/{first}/audio").status_code == 200


def test_a_player_is_revoked(client: ElevenLabs, http: httpx.Client, anonymous: httpx.Client) -> None:
    """By us, or with its project; another one has another token."""
    answer = made(client, auto_convert=True)
    wait_for(client, answer.project_id)
    first = token_of(answer.html_snippet)
    own = f"/rhapsode/v1/audio-native/{answer.project_id}/player"
    assert http.delete(own).json() == {"status": "ok"}
    assert error_of(http.delete(own)) == (404, "player_not_found")
    assert error_of(anonymous.get(f"/player/{first}")) == (404, "player_not_found")

    second = token_of(client.audio_native.update(answer.project_id).html_snippet)
    assert second != first
    assert anonymous.get(f"/player/{second}").status_code == 200
    client.studio.projects.delete(answer.project_id)
    for path in ("", "/audio", "/colors.css"):
        assert error_of(anonymous.get(f"/player/{second}{path}")) == (404, "player_not_found")
    assert error_of(http.get(f"{PATH}/{answer.project_id}/settings")) == (404, "project_not_found")


def test_strangers(client: ElevenLabs, other_http: httpx.Client, anonymous: httpx.Client) -> None:
    """Another workspace sees no player, and without a key only the page is open."""
    project_id = made(client).project_id
    paths = f"{PATH}/{project_id}"
    assert error_of(other_http.get(f"{paths}/settings")) == (404, "project_not_found")
    assert error_of(other_http.post(f"{paths}/content", files={"file": b"x"})) == (404, "project_not_found")
    assert error_of(other_http.delete(f"/rhapsode/v1{paths[3:]}/player")) == (404, "project_not_found")
    for response in (anonymous.get(f"{paths}/settings"), anonymous.post(PATH), anonymous.get("/player")):
        assert response.status_code == 401


def test_a_page_is_found_again(client: ElevenLabs, http: httpx.Client, anonymous: httpx.Client) -> None:
    """The first time it becomes a project, then its project is updated and published."""
    with serving_pages({"/tides": ("text/html", ARTICLE)}) as site:
        url = f"{site.url}/tides"
        first = client.audio_native.update_content_from_url(url=url, title="Ebb")
        assert (first.converting, first.publishing) == (True, True)
        wait_for(client, first.project_id)
        token = token_of(first.html_snippet)
        before = anonymous.get(f"/player/{token}/audio").content

        site.pages["/tides"] = "text/html", ARTICLE.replace(b"six", b"seven")
        again = client.audio_native.update_content_from_url(url=f"{url}#top", author="Ida Strand")
        assert (again.project_id, token_of(again.html_snippet)) == (first.project_id, token)
        wait_for(client, first.project_id)
    assert texts_of(client, http, first.project_id)[:3] == ["Ebb", "Ida Strand", "The boat came in at seven."]
    assert anonymous.get(f"/player/{token}/audio").content != before
    assert len(client.studio.projects.list().projects) == 1


def test_pages_that_can_not_be_read(http: httpx.Client) -> None:
    """Nothing is made of them."""
    for url in ("http://10.0.0.1/", "file:///etc/passwd", "x" * 3_000):
        assert error_of(http.post(f"{PATH}/content", json={"url": url})) == (400, "invalid_url")
    assert http.post(f"{PATH}/content", json={}).status_code == 422
    assert http.get("/v1/studio/projects").json()["projects"] == []


def test_a_slow_page(
    client: ElevenLabs, http: httpx.Client, anonymous: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Is answered before it is there, and has its title then; the player says that it is coming."""
    monkeypatch.setattr(creating, "QUICK_CREATION_S", 0.05)
    with serving_pages({"/tides": ("text/html", ARTICLE)}) as site:
        site.slow.add("/tides")
        answer = client.audio_native.update_content_from_url(url=f"{site.url}/tides", title="Ebb")
        assert answer.converting is True
        assert "data-making" in anonymous.get(f"/player/{token_of(answer.html_snippet)}").text
        settings = http.get(f"{PATH}/{answer.project_id}/settings").json()["settings"]
        assert settings["status"] == "processing"
        busy = http.post(f"{PATH}/{answer.project_id}/content", files={"file": b"x"})
        assert error_of(busy) == (400, "already_processing")
        site.gate.set()
        wait_for(client, answer.project_id)
        assert texts_of(client, http, answer.project_id)[0] == "Ebb"

        site.gate.clear()
        site.pages["/tides"] = "text/html", ARTICLE.replace(b"six", b"seven")
        again = client.audio_native.update_content_from_url(url=f"{site.url}/tides")
        assert again.project_id == answer.project_id
        site.gate.set()
        wait_for(client, answer.project_id)
    assert texts_of(client, http, answer.project_id)[:2] == ["Ebb", "The boat came in at seven."]


def test_dictionaries_are_attached(client: ElevenLabs, http: httpx.Client) -> None:
    """Of the locators that a form repeats."""
    rules = [{"type": "alias", "string_to_replace": "boat", "alias": "ship"}]
    dictionary = http.post(
        "/v1/pronunciation-dictionaries/add-from-rules", json={"name": "Harbour", "rules": rules}
    ).json()
    locator = {"pronunciation_dictionary_id": dictionary["id"], "version_id": dictionary["version_id"]}
    answer = made(client, pronunciation_dictionary_locators=[json.dumps(locator)])
    project = http.get(f"/v1/studio/projects/{answer.project_id}").json()
    assert project["pronunciation_dictionary_locators"] == [locator]
