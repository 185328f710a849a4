"""Mastering reports: by arithmetic what a decoder hears."""

import io
import zipfile
from typing import Any

import httpx
import numpy as np
import pytest
import soundfile
from elevenlabs import ElevenLabs
from tests import bs1770

from .journeys import Narrated, error_of, make_project, narrated

OWN = "/rhapsode"


def decoded(tides: Narrated, path: str) -> np.ndarray[Any, np.dtype[np.float64]]:
    """A snapshot's audio, as players hear it."""
    content = tides.http.post(f"{path}/stream", json={"convert_to_mpeg": True}).raise_for_status().content
    samples, rate_hz = soundfile.read(io.BytesIO(content))
    assert rate_hz == 44_100
    return np.asarray(samples)


def decibels(square: float) -> float:
    return float(10 * np.log10(square))


def room_tone_secs(samples: np.ndarray[Any, np.dtype[np.float64]]) -> float:
    return float(np.flatnonzero(np.abs(samples) > 0.002)[0] / 44_100)


def test_a_report_is_what_is_heard(tides: Narrated) -> None:
    """Of each chapter's file and of the project's: loudness, peaks, silence at either end, and the length."""
    whole = tides.http.get(f"{OWN}{tides.snapshot}/report").raise_for_status().json()
    reports = [
        tides.http.get(f"{OWN}{path}/report").raise_for_status().json() for path, _ in tides.chapters()
    ]
    assert whole["chapters"] == reports
    assert [report["name"] for report in reports] == ["The Harbour", "The Hill"]
    for report, path in zip(
        [whole, *reports], [tides.snapshot, *(p for p, _ in tides.chapters())], strict=True
    ):
        samples = decoded(tides, path)
        assert report["duration_secs"] == pytest.approx(samples.size / 44_100, abs=1e-6)
        assert report["rms_db"] == pytest.approx(decibels(np.mean(samples**2)), abs=0.05)
        assert report["sample_peak_db"] == pytest.approx(decibels(np.max(samples**2)), abs=0.2)
        assert report["true_peak_db"] >= report["sample_peak_db"]
        assert report["leading_room_tone_secs"] == pytest.approx(room_tone_secs(samples), abs=0.06)
        assert report["trailing_room_tone_secs"] == pytest.approx(room_tone_secs(samples[::-1]), abs=0.06)
        assert (report["noise_floor_db"], report["clipped_samples"], report["unmeasured_secs"]) == (-96, 0, 0)
    quieter = decoded(tides, tides.chapters()[1][0])
    assert reports[1]["integrated_lufs"] == pytest.approx(bs1770.integrated_lufs(quieter), abs=0.1)


def test_a_report_says_who_takes_a_file(tides: Narrated) -> None:
    """And why not, in a sentence for each thing that isn't as it must be; a project says it of each chapter."""
    report = tides.http.get(f"{OWN}{tides.snapshot}/report").json()
    first = report["chapters"][0]
    assert first["acx"]["passed"] is False
    assert "It has 128 kbps; ACX asks for 192 or more." in first["acx"]["reasons"]
    assert "1. The Harbour: It has 128 kbps; ACX asks for 192 or more." in report["acx"]["reasons"]
    assert report["ebu_r128"]["passed"] is False
    (reason,) = report["ebu_r128"]["reasons"]
    assert reason == f"It is at {report['integrated_lufs']:.1f} LUFS; EBU R 128 asks for -23 ± 0.5 LUFS."
    assert first["flawed_passages"] == []


@pytest.mark.parametrize(
    ("query", "accept", "is_text"),
    [
        ("", "*/*", False),
        ("", "text/plain", True),
        ("", "application/json, text/plain, */*", False),
        ("?format=txt", "application/json", True),
        ("?format=json", "text/plain", False),
    ],
)
def test_a_report_is_text_for_who_wants_that(tides: Narrated, query: str, accept: str, is_text: bool) -> None:
    """By the query, or else by Accept."""
    for path in (tides.snapshot, tides.chapters()[0][0]):
        answer = tides.http.get(f"{OWN}{path}/report{query}", headers={"accept": accept}).raise_for_status()
        wanted = "text/plain; charset=utf-8" if is_text else "application/json"
        assert answer.headers["content-type"] == wanted
        assert answer.text.startswith("Mastering report: T") is is_text


def test_a_form_that_is_not_there(tides: Narrated) -> None:
    """Is a misfit."""
    assert tides.http.get(f"{OWN}{tides.snapshot}/report?format=pdf").status_code == 422


def test_an_archive_has_the_report_when_it_is_asked_for(tides: Narrated) -> None:
    """As its last file, the same bytes each time, of the size that was said; else the archive is what it was."""
    plain = tides.http.post(f"{tides.snapshot}/archive")
    first, again = (tides.http.post(f"{tides.snapshot}/archive?include_report=true") for _ in range(2))
    assert first.content == again.content
    assert len(first.content) == int(first.headers["content-length"])
    archive = zipfile.ZipFile(io.BytesIO(first.content))
    assert archive.testzip() is None
    assert archive.namelist() == [
        *zipfile.ZipFile(io.BytesIO(plain.content)).namelist(),
        "Mastering report.txt",
    ]
    report = tides.http.get(f"{OWN}{tides.snapshot}/report?format=txt").text
    assert archive.read("Mastering report.txt").decode() == report
    assert tides.http.post(f"{tides.snapshot}/archive?include_report=false").content == plain.content


def test_a_project_without_sound(client: ElevenLabs, http: httpx.Client) -> None:
    """Has a report, of nothing."""
    project_id, snapshot_id = narrated(client, [])
    path = f"/v1/studio/projects/{project_id}/snapshots/{snapshot_id}"
    report = http.get(f"{OWN}{path}/report").raise_for_status().json()
    assert (report["duration_secs"], report["integrated_lufs"], report["chapters"]) == (0, None, [])
    assert (report["acx"]["passed"], report["ebu_r128"]["passed"]) == (False, False)
    assert http.get(f"{OWN}{path}/report?format=txt").text.startswith("Mastering report: Tides\n")


def test_unknown_and_foreign_snapshots_are_the_same(
    client: ElevenLabs, http: httpx.Client, other_http: httpx.Client, anonymous: httpx.Client
) -> None:
    """Nobody reads another's report, learns whether there is one, or reads any without a key."""
    project_id, snapshot_id = narrated(client)
    other_id = make_project(client)
    chapter = client.studio.projects.chapters.list(project_id).chapters[0].chapter_id
    of_chapter = client.studio.projects.chapters.snapshots.list(project_id, chapter).snapshots[0]
    for inside, snapshot in (("", snapshot_id), (f"/chapters/{chapter}", of_chapter.chapter_snapshot_id)):
        path = f"{OWN}/v1/studio/projects/{{}}{inside}/snapshots/{{}}/report"
        mine = path.format(project_id, snapshot)
        assert error_of(other_http.get(mine)) == (404, "project_not_found")
        assert error_of(http.get(path.format("nothing", snapshot))) == (404, "project_not_found")
        assert error_of(http.get(path.format(project_id, "nothing")))[0] == 404
        assert error_of(http.get(path.format(other_id, snapshot)))[0] == 404
        assert anonymous.get(mine).status_code == 401
        assert http.get(mine).status_code == 200
