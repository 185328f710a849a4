"""One of everything that an operation of the contract needs an id of."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Any

import httpx
from tests.loopback import answering, reply

from .speaking import speak

_LIMIT_S = 60
_POLL_S = 0.05

RULE = {
    "type": "alias",
    "string_to_replace": "quay",
    "alias": "key",
    "case_sensitive": True,
    "word_boundaries": True,
}
"""A rule of a dictionary."""

PLS = b"""<?xml version="1.0" encoding="UTF-8"?>
<lexicon version="1.0" xmlns="http://www.w3.org/2005/01/pronunciation-lexicon" alphabet="ipa" xml:lang="en-US">
  <lexeme><grapheme>buoy</grapheme><alias>boy</alias></lexeme>
</lexicon>"""
"""A dictionary as a file."""

BOOK = b"CHAPTER I\n\nThe ferry was late.\n\n\nCHAPTER II\n\nNobody minded at all.\n"
"""A document of two chapters."""

_SENTENCE = (
    "The estuary is wide at high water and narrow when the tide has gone out, as everybody here knows. "
)
PAGE = f"""<!doctype html><html lang="en"><head><title>Boats</title><meta name="author" content="Ida Strand"></head>
<body><article><h1>Boats</h1><p>{_SENTENCE * 2}</p><p>Nobody builds them any more. {_SENTENCE}</p></article>
</body></html>""".encode()
"""An article."""


@dataclass(frozen=True)
class Belongings:
    """Ids of one workspace, by the names that the contract's parameters have.

    voice_id: a voice whose settings the workspace has changed.    other_history_item_id: a second item.
    block_id: of the chapter.    player_id: a project of Audio Native.
    """

    voice_id: str
    project_id: str
    chapter_id: str
    block_id: str
    project_snapshot_id: str
    chapter_snapshot_id: str
    history_item_id: str
    other_history_item_id: str
    pronunciation_dictionary_id: str
    version_id: str
    webhook_id: str
    player_id: str

    @property
    def dictionary_id(self) -> str:
        """As one operation calls what all others call a pronunciation_dictionary_id."""
        return self.pronunciation_dictionary_id

    def as_dict(self) -> dict[str, str]:
        """Every id by its name."""
        return asdict(self)


def content(text: str) -> list[dict[str, Any]]:
    """Two chapters as `from_content_json` has them; the first has this text."""
    return [
        {"name": name, "blocks": [{"sub_type": "p", "nodes": [spoken(said)]}]}
        for name, said in (("The Harbour", text), ("The Hill", "They climbed."))
    ]


def spoken(text: str, voice_id: str = "tone_low") -> dict[str, str]:
    """A node of a block."""
    return {"type": "tts_node", "voice_id": voice_id, "text": text}


@contextmanager
def serving_a_page() -> Iterator[str]:
    """A server of a page, which also takes whatever it is sent; its address."""
    with answering(lambda _: [reply(PAGE, content_type="text/html; charset=utf-8")]) as site:
        yield site.url


def make_belongings(http: httpx.Client, page_url: str, *, text: str = "The boat came in.") -> Belongings:
    """Make one of everything. text: what the project, the items and the dictionary of a test's own say."""
    project_id = post(
        http,
        "/v1/studio/projects",
        data={
            "name": text,
            "default_title_voice_id": "tone_low",
            "default_paragraph_voice_id": "tone_low",
            "from_content_json": json.dumps(content(text)),
        },
    )["project"]["project_id"]
    project = f"/v1/studio/projects/{project_id}"
    post(http, f"{project}/convert")
    dictionary = post(
        http, "/v1/pronunciation-dictionaries/add-from-rules", json={"name": text, "rules": [RULE]}
    )
    items = [speak(http, said) for said in (text, f"{text} Again.")]
    wait_until_converted(http, project_id)
    chapter = f"{project}/chapters/{get(http, f'{project}/chapters')['chapters'][0]['chapter_id']}"
    return Belongings(
        voice_id="tone_low",
        project_id=project_id,
        chapter_id=chapter.split("/")[-1],
        block_id=get(http, chapter)["content"]["blocks"][0]["block_id"],
        project_snapshot_id=get(http, f"{project}/snapshots")["snapshots"][0]["project_snapshot_id"],
        chapter_snapshot_id=get(http, f"{chapter}/snapshots")["snapshots"][0]["chapter_snapshot_id"],
        history_item_id=items[0],
        other_history_item_id=items[1],
        pronunciation_dictionary_id=dictionary["id"],
        version_id=dictionary["version_id"],
        webhook_id=post(http, "/v1/workspace/webhooks", json={"settings": hook(page_url, name=text)})[
            "webhook_id"
        ],
        player_id=_make_player(http),
    )


def hook(url: str, *, name: str = "Tides") -> dict[str, str]:
    """The settings of a webhook."""
    return {"auth_type": "hmac", "name": name, "webhook_url": url}


def wait_until_converted(http: httpx.Client, project_id: str) -> None:
    """Poll a project until nothing of it is being made or converted."""
    until_s = time.monotonic() + _LIMIT_S
    while time.monotonic() < until_s:
        project = get(http, f"/v1/studio/projects/{project_id}")
        if {project["state"], *(chapter["state"] for chapter in project["chapters"])} == {"default"}:
            return
        time.sleep(_POLL_S)
    raise TimeoutError(project_id)


def get(http: httpx.Client, path: str) -> Any:
    """What is there, as JSON."""
    return _body(http.get(path))


def post(http: httpx.Client, path: str, **sent: Any) -> Any:
    """What came of a request that is well."""
    return _body(http.post(path, **sent))


def _body(response: httpx.Response) -> Any:
    assert response.status_code == 200, response.text
    return response.json()


def _make_player(http: httpx.Client) -> str:
    sent = {"name": "Boats", "voice_id": "tone_low", "auto_convert": "false"}
    made = post(http, "/v1/audio-native", data=sent, files={"file": ("boats.html", PAGE, "text/html")})
    return str(made["project_id"])
