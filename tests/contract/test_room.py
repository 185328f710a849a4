"""A server whose disk is nearly full: it refuses what would fill it, and all else goes on."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.factories import no_room

from .asking import raw_http
from .journeys import Narrated, error_of
from .probing import probed


@pytest.fixture
def full(tides: Narrated, tmp_path: Path) -> Iterator[httpx.Client]:
    """The server of a converted project, on a disk without room."""
    room = no_room(tmp_path)
    with probed(tides.server, check_room=room.check) as url, raw_http(url, tides.server.key) as http:
        yield http


def test_what_would_fill_the_disk_is_refused(tides: Narrated, full: httpx.Client) -> None:
    """Conversions, speech, exports and files: 507, and 400 for a form, which the SDK would spoil."""
    project = f"/v1/studio/projects/{tides.project_id}"
    export = f"/rhapsode{tides.snapshot}/export?format=m4b"
    asked: dict[str, dict[str, Any]] = {
        f"{project}/convert": {},
        "/v1/text-to-speech/tone_low": {"json": {"text": "It rained."}},
        "/v1/text-to-dialogue": {"json": {"inputs": [{"text": "It rained.", "voice_id": "tone_low"}]}},
        "/v1/studio/projects": {"json": {"name": "Rain"}},
        export: {},
    }
    before = full.get("/v1/studio/projects").json()

    for path, sent in asked.items():
        assert error_of(full.post(path, **sent)) == (507, "storage_full"), path
    document = {"from_document": ("rain.md", b"# Rain\n\nIt rained.", "text/markdown")}
    for path in ("/v1/studio/projects", f"{project}/content"):
        assert error_of(full.post(path, data={"name": "Rain"}, files=document)) == (400, "storage_full"), path
    assert full.get("/v1/studio/projects").json() == before


def test_reading_and_deleting_go_on(tides: Narrated, full: httpx.Client) -> None:
    """The archive is there to the last byte, a project can be renamed, and what is deleted is gone."""
    expected = tides.http.post(f"{tides.snapshot}/archive").content
    voices = {"default_title_voice_id": "tone_low", "default_paragraph_voice_id": "tone_low"}
    renamed = {"name": "Snow", **voices}
    made = tides.http.post("/v1/studio/projects", json={"name": "Rain"}).json()["project"]["project_id"]

    assert full.post(f"{tides.snapshot}/archive").content == expected
    assert full.post(f"/v1/studio/projects/{made}", json=renamed).status_code == 200
    assert full.delete(f"/v1/studio/projects/{made}").status_code == 200
    assert full.get(f"/v1/studio/projects/{made}").status_code == 404
