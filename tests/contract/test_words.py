"""When each word of a snapshot is heard: of the same times as its characters."""

import httpx
import pytest
from elevenlabs import ElevenLabs

from .journeys import Narrated, error_of, narrated

CONTENT = [
    {
        "name": name,
        "blocks": [{"sub_type": "p", "nodes": [{"type": "tts_node", "text": text}]} for text in texts],
    }
    for name, texts in {
        "One": ["“Dr. Rhea,” said she.", 'It cost 20%. <break time="1s"/> So be it.'],
        "Two": ["They climbed."],
    }.items()
]


def test_words_are_timed_as_their_characters_are(client: ElevenLabs, http: httpx.Client) -> None:
    """In the project's file and in each chapter's; what is spoken stands beside what is written."""
    project_id, snapshot_id = narrated(client, CONTENT)
    snapshot = client.studio.projects.snapshots.get(project_id, snapshot_id)
    path = f"/rhapsode/v1/studio/projects/{project_id}"

    answer = http.get(f"{path}/snapshots/{snapshot_id}/words")

    assert answer.headers["content-type"] == "application/json"
    assert answer.json()["project_snapshot_id"] == snapshot_id
    first, second = answer.json()["chapters"]
    assert [(word["text"], word["spoken"]) for word in first["words"]] == [
        ("Dr.", "Doctor"),
        *((word, word) for word in ("Rhea", "said", "she", "It", "cost")),
        ("20%", "twenty percent"),
        *((word, word) for word in ("So", "be", "it")),
    ]
    for chapter, alignment in zip((first, second), snapshot.character_alignments, strict=True):
        text = "".join(alignment.characters)
        for word in chapter["words"]:
            start, end = word["start_character"], word["end_character"]
            assert text[start:end] == word["text"]
            assert word["start_secs"] == alignment.character_start_times_seconds[start]
            assert word["end_secs"] == alignment.character_end_times_seconds[end - 1]
    listed = client.studio.projects.chapters.list(project_id).chapters
    for chapter, own in zip((first, second), listed, strict=True):
        chapter_snapshot_id = chapter["chapter_snapshot_id"]
        alone = http.get(f"{path}/chapters/{own.chapter_id}/snapshots/{chapter_snapshot_id}/words").json()
        offset = chapter["words"][0]["start_secs"] - alone["words"][0]["start_secs"]
        assert [word["text"] for word in alone["words"]] == [word["text"] for word in chapter["words"]]
        assert [word["start_secs"] + offset for word in alone["words"]] == pytest.approx(
            [word["start_secs"] for word in chapter["words"]], abs=2e-6
        )


def test_foreign_and_absent_snapshots_have_no_words(
    tides: Narrated, other_http: httpx.Client, anonymous: httpx.Client, http: httpx.Client
) -> None:
    """A snapshot is found by its own workspace, under its own project and chapter."""
    (chapter, _), *_rest = tides.chapters()
    for path in (f"/rhapsode{tides.snapshot}/words", f"/rhapsode{chapter}/words"):
        assert tides.http.get(path).status_code == 200
        assert error_of(other_http.get(path)) == (404, "project_not_found")
        assert error_of(http.get(path)) == (404, "project_not_found")
        assert error_of(anonymous.get(path)) == (401, "needs_authorization")
        absent = path.rsplit("/", 2)[0] + "/nothing/words"
        assert error_of(tides.http.get(absent)) == (404, "snapshot_not_found")
