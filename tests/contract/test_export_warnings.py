"""Whoever exports a book is told of voices whose words may not be sold."""

from tests.factories import make_voice

from rhapsode.storage.voices import delete_voice, insert_voice
from rhapsode.studio.ids import VoiceId

from .journeys import Narrated


def test_exports_warn_of_voices_that_may_not_be_sold(tides: Narrated) -> None:
    """In the list and when one is begun, also once they are removed; where all voices are free there are none."""
    path = f"/rhapsode{tides.snapshot}/export"
    assert tides.http.get(f"{path}s").json()["warnings"] == []
    with tides.server.records.write(tides.server.workspace_id) as tx:
        insert_voice(tx, make_voice("strict", commercial_use="no"), {}, is_shared=False)
    project = f"/v1/studio/projects/{tides.project_id}"
    voices = {"default_title_voice_id": "tone_low", "default_paragraph_voice_id": "strict"}
    assert tides.http.post(project, json={"name": "Tides", **voices}).status_code == 200

    told = "What the voice Strict says may not be sold: its licence doesn't allow it."
    assert tides.http.get(f"{path}s").json()["warnings"] == [told]
    with tides.server.records.write(tides.server.workspace_id) as tx:
        assert delete_voice(tx, VoiceId("strict"))
    begun = tides.http.post(path, params={"format": "srt"})
    assert (begun.status_code in (200, 202), begun.json()["warnings"]) == (True, [told])
