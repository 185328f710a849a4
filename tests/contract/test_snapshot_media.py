"""What a page that shows a snapshot asks for: how large it is, when its blocks are heard, and its waveform."""

import base64
import gzip
import io
import zipfile
from typing import Any

import httpx
import numpy as np
import pytest
import soundfile
import sqlalchemy as sa
from elevenlabs import ElevenLabs
from numpy.typing import NDArray

from rhapsode.audio.measurements import pack_measurements, unpack_measurements
from rhapsode.audio.peaks import pack_peaks, silent_peaks, unpack_peaks
from rhapsode.storage import schema

from .journeys import Narrated, convert_and_wait, error_of, make_project, narrated
from .running import LiveServer
from .test_covers import JPEG

Samples = NDArray[np.float64]

OWN = "/rhapsode"


def own_project(project_id: str) -> str:
    return f"{OWN}/v1/studio/projects/{project_id}"


def duration_secs(content: bytes) -> float:
    samples, rate_hz = soundfile.read(io.BytesIO(content))
    return float(samples.size / rate_hz)


@pytest.mark.parametrize("preset", ["standard", "ultra_lossless"])
def test_sizes_are_those_of_the_files(client: ElevenLabs, http: httpx.Client, preset: str) -> None:
    """Of the single file and its cover, the archive, and each chapter's file, to the byte; in pages if asked."""
    project_id, first_id = narrated(client, quality_preset=preset)
    path = own_project(project_id)
    http.put(f"{path}/cover", content=JPEG, headers={"content-type": "image/jpeg"}).raise_for_status()
    chapter_id = client.studio.projects.chapters.list(project_id).chapters[0].chapter_id
    client.studio.projects.chapters.update(project_id, chapter_id, name="The Breakwater, again")
    second_id = convert_and_wait(client, project_id)

    listed = http.get(f"{path}/snapshots").raise_for_status().json()["snapshots"]

    contracts = client.studio.projects.snapshots.list(project_id).snapshots
    assert [each["project_snapshot_id"] for each in listed] == [second_id, first_id]
    assert [each["created_at_unix"] for each in listed] == [each.created_at_unix for each in contracts]
    for snapshot in listed:
        inside = f"/v1/studio/projects/{project_id}/snapshots/{snapshot['project_snapshot_id']}"
        audio = http.post(f"{inside}/stream").content
        archive = http.post(f"{inside}/archive").content
        assert (snapshot["audio_size_bytes"], snapshot["archive_size_bytes"]) == (len(audio), len(archive))
        assert snapshot["duration_secs"] == pytest.approx(duration_secs(audio), abs=1e-6)
        files = zipfile.ZipFile(io.BytesIO(archive)).infolist()
        assert [each["size_bytes"] for each in snapshot["chapters"]] == [file.file_size for file in files]
        assert all(
            each["name"] in file.filename for each, file in zip(snapshot["chapters"], files, strict=True)
        )
    of_chapter = http.get(f"{path}/chapters/{chapter_id}/snapshots").raise_for_status().json()["snapshots"]
    assert [each["name"] for each in of_chapter] == ["The Breakwater, again", "The Harbour"]
    for snapshot, whole in zip(of_chapter, listed, strict=True):
        ours = whole["chapters"][0]
        assert ours["chapter_id"] == chapter_id
        assert all(snapshot[key] == ours[key] for key in snapshot.keys() & ours.keys())
    for address, whole in (
        (f"{path}/snapshots", listed),
        (f"{path}/chapters/{chapter_id}/snapshots", of_chapter),
    ):
        first = http.get(address, params={"page_size": 1}).raise_for_status().json()
        last = http.get(address, params={"page_size": 1, "start_after": first["next"]}).json()
        rest = http.get(address, params={"start_after": first["next"]}).json()
        assert [*first["snapshots"], *last["snapshots"]] == whole
        assert last == rest == {"snapshots": whole[1:], "next": None}


def test_a_project_without_sound_has_sizes_too(client: ElevenLabs, http: httpx.Client) -> None:
    """Of a file of no time, and an archive of nothing; one that was never converted has none."""
    project_id, snapshot_id = narrated(client, [])
    (listed,) = http.get(f"{own_project(project_id)}/snapshots").json()["snapshots"]
    inside = f"/v1/studio/projects/{project_id}/snapshots/{snapshot_id}"
    assert (listed["duration_secs"], listed["chapters"]) == (0, [])
    assert listed["audio_size_bytes"] == len(http.post(f"{inside}/stream").content)
    assert listed["archive_size_bytes"] == len(http.post(f"{inside}/archive").content)
    assert http.get(f"{own_project(make_project(client))}/snapshots").json() == {
        "snapshots": [],
        "next": None,
    }


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"page_size": 0}, "invalid_page_size"),
        ({"page_size": 101}, "invalid_page_size"),
        ({"start_after": "x"}, "invalid_cursor"),
    ],
)
def test_pages_that_there_are_none_of(tides: Narrated, asked: dict[str, str], code: str) -> None:
    """Are refused in a sentence."""
    for path in (tides.snapshots, tides.chapters()[0][0].rpartition("/")[0]):
        assert error_of(tides.http.get(f"{OWN}{path}", params=asked)) == (400, code)


def timeline_of(tides: Narrated, path: str) -> dict[str, Any]:
    answer: dict[str, Any] = tides.http.get(f"{OWN}{path}/timeline").raise_for_status().json()
    return answer


def blocks_of(tides: Narrated, path: str) -> list[dict[str, Any]]:
    """The blocks of the chapter that a snapshot's path is of."""
    chapter = tides.http.get(path.split("/snapshots/")[0]).raise_for_status().json()
    blocks: list[dict[str, Any]] = chapter["content"]["blocks"]
    return blocks


def test_a_timeline_has_the_blocks_of_the_chapter(tides: Narrated) -> None:
    """By their ids, each once, with their texts; each ends before the next begins, the last before the file does."""
    for path, snapshot_id in tides.chapters():
        timeline = timeline_of(tides, path)
        blocks = blocks_of(tides, path)
        assert timeline["chapter_snapshot_id"] == snapshot_id
        assert [block["block_id"] for block in timeline["blocks"]] == [block["block_id"] for block in blocks]
        texts = ["".join(node["text"] for node in block["nodes"]) for block in blocks]
        assert [block["text"].strip() for block in timeline["blocks"]] == [text.strip() for text in texts]
        moments = [block[name] for block in timeline["blocks"] for name in ("start_secs", "end_secs")]
        assert moments == sorted(moments)
        audio = tides.http.post(f"{path}/stream").content
        assert timeline["duration_secs"] == pytest.approx(duration_secs(audio), abs=1e-6)
        assert moments[-1] <= timeline["duration_secs"]


def test_a_timeline_has_the_words_of_the_chapter(tides: Narrated) -> None:
    """Those that the chapter's words are, with the same times; their places are within their block."""
    for path, _ in tides.chapters():
        words = tides.http.get(f"{OWN}{path}/words").raise_for_status().json()["words"]
        blocks = timeline_of(tides, path)["blocks"]
        numbers = [
            (block, block["words"][at : at + 4])
            for block in blocks
            for at in range(0, len(block["words"]), 4)
        ]
        told = [(block["text"][start:end], *times) for block, (start, end, *times) in numbers]
        assert told == [(word["text"], word["start_secs"], word["end_secs"]) for word in words]


def test_a_timeline_outlives_its_blocks(client: ElevenLabs, http: httpx.Client) -> None:
    """It is of the chapter as it was converted, whatever becomes of that."""
    project_id, _ = narrated(client)
    chapter = client.studio.projects.chapters.list(project_id).chapters[0]
    snapshot_id = client.studio.projects.chapters.snapshots.list(project_id, chapter.chapter_id).snapshots[0]
    path = (
        f"{own_project(project_id)}/chapters/{chapter.chapter_id}/snapshots/{snapshot_id.chapter_snapshot_id}"
    )
    before = http.get(f"{path}/timeline").raise_for_status().json()
    node = {"type": "tts_node", "voice_id": "tone_low", "text": "All is otherwise."}
    client.studio.projects.chapters.update(
        project_id,
        chapter.chapter_id,
        content={"blocks": [{"sub_type": "p", "nodes": [node]}]},
    )
    assert http.get(f"{path}/timeline").raise_for_status().json() == before
    assert [block["text"] for block in before["blocks"]][:1] == ["The Harbour"]


def peaks_of(http: httpx.Client, path: str) -> tuple[dict[str, Any], Samples]:
    """What is said of a snapshot's waveform, and its peaks as amplitudes, 1 being the largest there is."""
    said = http.get(f"{OWN}{path}/peaks").raise_for_status().json()
    peaks = np.frombuffer(base64.b64decode(said["peaks"], validate=True), np.uint8)
    assert peaks.size == said["peak_count"]
    return said, peaks * (said["full_scale"] / 255)


def heard_peaks(http: httpx.Client, path: str, samples_per_peak: int) -> Samples:
    """The same of the file, decoded. What doesn't come to whole stretches fails."""
    samples, rate_hz = soundfile.read(io.BytesIO(http.post(f"{path}/stream").raise_for_status().content))
    assert rate_hz == 44_100
    stretches = np.abs(samples).reshape(-1, samples_per_peak)
    return np.asarray(stretches.max(axis=1))


def chapter_paths(client: ElevenLabs, project_id: str) -> list[str]:
    """Of the newest snapshot of each chapter, in order."""
    project = client.studio.projects
    ids = [chapter.chapter_id for chapter in project.chapters.list(project_id).chapters]
    newest = [
        project.chapters.snapshots.list(project_id, each).snapshots[0].chapter_snapshot_id for each in ids
    ]
    return [
        f"/v1/studio/projects/{project_id}/chapters/{chapter_id}/snapshots/{snapshot_id}"
        for chapter_id, snapshot_id in zip(ids, newest, strict=True)
    ]


def forget_peaks(server: LiveServer) -> None:
    """Let the records be those of a version that knew none, and whose speech is gone since."""
    segment = schema.segments.c
    with server.records.write(server.workspace_id) as tx:
        mine = segment.workspace_id == tx.workspace_id
        measured = tx.connection.execute(
            sa.select(segment.key, segment.measurements).where(mine, segment.measurements.is_not(None))
        ).all()
        for key, content in measured:
            levels = pack_measurements(unpack_measurements(content))
            assert len(levels) < len(content)
            change = schema.segments.update().where(mine, segment.key == key)
            tx.connection.execute(change.values(measurements=levels))
        tx.connection.execute(
            schema.segments.update().where(mine, segment.kind == "speech").values(pack_id=None)
        )


def kept_peaks(server: LiveServer) -> list[bytes]:
    """What is kept beside measurements."""
    segment = schema.segments.c
    with server.records.read(server.workspace_id) as tx:
        mine = sa.and_(segment.workspace_id == tx.workspace_id, segment.peaks.is_not(None))
        return list(tx.connection.execute(sa.select(segment.peaks).where(mine)).scalars())


def test_peaks_are_what_is_heard(tides: Narrated) -> None:
    """In the decoded MP3, stretch by stretch, but for what the codec does; pauses are exactly nothing."""
    for path, snapshot_id in tides.chapters():
        said, peaks = peaks_of(tides.http, path)
        assert (said["chapter_snapshot_id"], said["sample_rate_hz"]) == (snapshot_id, 44_100)
        heard = heard_peaks(tides.http, path, said["samples_per_peak"])
        assert peaks == pytest.approx(heard, abs=0.03)
        assert np.mean(np.abs(peaks - heard)) < 0.004
        assert np.count_nonzero(peaks == 0) > peaks.size / 5


def test_peaks_of_lossless_audio_are_exact(client: ElevenLabs, http: httpx.Client) -> None:
    """To the step, rounded up, and after mastering."""
    heights = []
    for is_mastered in (False, True):
        project_id, _ = narrated(client, quality_preset="ultra_lossless", volume_normalization=is_mastered)
        (path, *_rest) = chapter_paths(client, project_id)
        said, peaks = peaks_of(http, path)
        heard = heard_peaks(http, path, said["samples_per_peak"])
        assert said["full_scale"] == 1
        assert np.array_equal(np.round(peaks * 255), np.ceil(heard * 255))
        heights.append(peaks.max())
    assert heights[0] > heights[1]


@pytest.mark.parametrize("preset", ["standard", "high", "ultra_lossless"])
def test_peaks_of_older_audio_are_made_once(
    server: LiveServer, client: ElevenLabs, http: httpx.Client, preset: str
) -> None:
    """Of the audio as it is stored, even where its speech is gone, and kept: from then on they are only read."""
    project_id, _ = narrated(client, quality_preset=preset)
    paths = chapter_paths(client, project_id)
    before = [peaks_of(http, path) for path in paths]
    assert kept_peaks(server) == []
    forget_peaks(server)
    for path, (said, peaks) in zip(paths, before, strict=True):
        made, remade = peaks_of(http, path)
        assert made | {"peaks": ""} == said | {"peaks": ""}
        assert remade == pytest.approx(peaks, abs=0.03)
        assert preset != "ultra_lossless" or made == said
    assert sum(unpack_peaks(content).size for content in kept_peaks(server)) > 0
    with server.records.write(server.workspace_id) as tx:
        tx.connection.execute(
            schema.segments.update()
            .where(schema.segments.c.workspace_id == tx.workspace_id)
            .values(peaks=pack_peaks(silent_peaks(1)))
        )
    assert error_of(http.get(f"{OWN}{paths[0]}/peaks"))[0] == 500


@pytest.mark.parametrize("what", ["timeline", "peaks"])
def test_what_a_client_has_is_not_sent_again(tides: Narrated, what: str) -> None:
    """Sent with gzip it is the same bytes; each form has its own tag."""
    path = f"{OWN}{tides.chapters()[0][0]}/{what}"
    plain = tides.http.get(path, headers={"accept-encoding": "identity"})
    with tides.http.stream("GET", path, headers={"accept-encoding": "gzip"}) as packed:
        assert gzip.decompress(b"".join(packed.iter_raw())) == plain.content
    assert packed.headers["etag"] != plain.headers["etag"]
    known = tides.http.get(
        path, headers={"accept-encoding": "identity", "if-none-match": plain.headers["etag"]}
    )
    assert (known.status_code, known.content) == (304, b"")


def test_nobody_elses(
    tides: Narrated, other_http: httpx.Client, anonymous: httpx.Client, http: httpx.Client
) -> None:
    """A snapshot is found by its own workspace, under its own project and chapter, and by nobody without a key."""
    (chapter, _), *_rest = tides.chapters()
    of_snapshot = [f"{OWN}{chapter}/timeline", f"{OWN}{chapter}/peaks"]
    lists = [f"{OWN}{tides.snapshots}", f"{OWN}{chapter.rsplit('/', 1)[0]}"]
    for path in [*of_snapshot, *lists]:
        assert tides.http.get(path).status_code == 200
        assert error_of(other_http.get(path)) == (404, "project_not_found")
        assert error_of(http.get(path)) == (404, "project_not_found")
        assert error_of(anonymous.get(path)) == (401, "needs_authorization")
    for path in of_snapshot:
        absent = path.replace(path.split("/")[-2], "nothing")
        assert error_of(tides.http.get(absent)) == (404, "snapshot_not_found")
    nowhere = f"{OWN}{tides.snapshots.removesuffix('snapshots')}chapters/nothing/snapshots"
    assert error_of(tides.http.get(nowhere)) == (404, "chapter_not_found")
