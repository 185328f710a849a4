"""Converting while converting, and again and again: what clients do that poll, retry and edit meanwhile."""

import pytest
from elevenlabs import ElevenLabs

from rhapsode.rendering import joining

from .journeys import make_project, narrated, wait_for

LONG = [
    {
        "name": "The Tide",
        "blocks": [
            {
                "sub_type": "p",
                "nodes": [{"type": "tts_node", "voice_id": "tone_low", "text": "It rose. " * 150}],
            }
            for _ in range(8)
        ],
    }
]


def edit(client: ElevenLabs, project_id: str, text: str) -> None:
    """Replace the first chapter's text."""
    (chapter, *_) = client.studio.projects.chapters.list(project_id).chapters
    nodes = [{"type": "tts_node", "voice_id": "tone_low", "text": text}]
    client.studio.projects.chapters.update(
        project_id, chapter.chapter_id, content={"blocks": [{"sub_type": "p", "nodes": nodes}]}
    )


def texts(client: ElevenLabs, project_id: str) -> list[str]:
    """What each snapshot of a project says, the newest first."""
    snapshots = client.studio.projects.snapshots
    return [
        "".join(snapshots.get(project_id, listed.project_snapshot_id).character_alignments[0].characters)
        for listed in snapshots.list(project_id).snapshots
    ]


def test_an_equal_conversion_is_joined_and_a_changed_one_waits(client: ElevenLabs) -> None:
    """All are answered 200: the second leaves nothing of its own, the third comes after the first and is newer."""
    project_id = make_project(client, LONG)
    convert = client.studio.projects.convert
    answers = [convert(project_id), convert(project_id)]
    assert client.studio.projects.get(project_id).state in ("converting", "in_queue")
    edit(client, project_id, "It fell.")
    answers.append(convert(project_id))
    wait_for(client, project_id)

    assert [answer.status for answer in answers] == ["ok"] * 3
    newest, first = texts(client, project_id)
    assert (newest, first[:9]) == ("It fell.", "It rose. ")


def test_of_many_changes_the_last_has_the_last_word(client: ElevenLabs) -> None:
    """What waits gives way to what is asked for after it, so a busy editor is never behind by more than one."""
    project_id = make_project(client, LONG)
    client.studio.projects.convert(project_id)
    for text in ("One.", "Two.", "Three."):
        edit(client, project_id, text)
        client.studio.projects.convert(project_id)
    wait_for(client, project_id)

    newest, *_, first = texts(client, project_id)
    assert (newest, first[:9]) == ("Three.", "It rose. ")
    assert len(client.studio.projects.snapshots.list(project_id).snapshots) == 2


def test_a_chapter_waits_for_its_project(client: ElevenLabs) -> None:
    """Its own snapshot is that of the project, since nothing has changed meanwhile."""
    project_id = make_project(client, LONG)
    (chapter,) = client.studio.projects.chapters.list(project_id).chapters
    client.studio.projects.convert(project_id)
    assert client.studio.projects.chapters.convert(project_id, chapter.chapter_id).status == "ok"
    wait_for(client, project_id)

    listed = client.studio.projects.chapters.snapshots.list(project_id, chapter.chapter_id).snapshots
    assert len(listed) == 1


def test_a_project_deleted_while_it_is_converted_is_gone(client: ElevenLabs) -> None:
    """And the server goes on with others."""
    project_id = make_project(client, LONG)
    client.studio.projects.convert(project_id)
    client.studio.projects.delete(project_id)

    assert project_id not in [project.project_id for project in client.studio.projects.list().projects]
    _, snapshot_id = narrated(client)
    assert snapshot_id


def test_a_repeated_conversion_is_the_same_again(client: ElevenLabs, monkeypatch: pytest.MonkeyPatch) -> None:
    """Some seconds later it leaves a snapshot, too, with the same chapters and the same bytes."""
    project_id, first = narrated(client)
    monkeypatch.setattr(joining, "REPEATED_CONVERT_S", 0)
    client.studio.projects.convert(project_id)
    wait_for(client, project_id)

    newest, oldest = client.studio.projects.snapshots.list(project_id).snapshots
    assert oldest.project_snapshot_id == first
    archives = [
        b"".join(client.studio.projects.snapshots.stream_archive(project_id, snapshot.project_snapshot_id))
        for snapshot in (newest, oldest)
    ]
    assert archives[0] == archives[1]
