"""What it takes to let a project's audio be mastered: never more than encoding, and nothing to take it back."""

import io
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from tests.factories import (
    TONE_HIGH,
    TONE_LOW,
    WORKSPACE,
    Studio,
    ThisProcess,
    make_document,
    make_document_chapter,
    need_espeak,
    open_studio,
)

from rhapsode.audio.loudness import measure_level
from rhapsode.audio.mastering import Level
from rhapsode.authoring.books import BookOptions
from rhapsode.delivery.downloads import open_book
from rhapsode.rendering.calibration import level_key_of, plan_calibration
from rhapsode.rendering.calibration_texts import calibration_paragraphs
from rhapsode.rendering.draft import SpeechRequest
from rhapsode.rendering.speakers import Speakers
from rhapsode.storage import levels, projects, snapshots
from rhapsode.storage.check import check_storage
from rhapsode.studio.document import Document
from rhapsode.studio.errors import EngineFailed, VoiceNotMeasured
from rhapsode.studio.ids import ProjectSnapshotId, VoiceId
from rhapsode.studio.project import QualityPreset
from rhapsode.text.pauses import is_pause

TEXTS = ("The tide went out.", "Nobody saw it.", "It came back at night.")
BOOK = make_document(make_document_chapter(*TEXTS))
EDITED = make_document(make_document_chapter(TEXTS[0], "Somebody saw it.", TEXTS[2]))
READER = SpeechRequest(b"", "Rain.", "tone", TONE_LOW, "mul", {})


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[Studio]:
    with open_studio(tmp_path) as studio:
        yield studio


def master(studio: Studio, document: Document = BOOK, *, on: bool = True, **options: Any) -> None:
    """Save a document and let its audio be mastered, or not."""
    project_id = studio.save(document, BookOptions(**{"voice_id": TONE_LOW} | options))
    with studio.records.write(WORKSPACE) as tx:
        project = projects.get_project(tx, project_id)
        details = replace(project.details, volume_normalization=on)
        projects.save_project(tx, replace(project, details=details))


def made(studio: Studio, document: Document = BOOK, **options: Any) -> tuple[ProjectSnapshotId, int, int]:
    """Convert a document: what came of it, how many segments were spoken and how many encoded."""
    requested = studio.request(document, BookOptions(**options))
    return studio.run(requested), studio.count_spoken(requested), studio.count_encoded(requested)


def sounds(studio: Studio, snapshot_id: ProjectSnapshotId) -> list[np.ndarray[Any, np.dtype[np.int16]]]:
    """The chapters' files, decoded."""
    book = open_book(studio.records, studio.blobs, WORKSPACE, snapshot_id, "zip")
    archive = zipfile.ZipFile(io.BytesIO(b"".join(book.content)))
    return [soundfile.read(io.BytesIO(archive.read(name)), dtype="int16")[0] for name in archive.namelist()]


def segment_keys(studio: Studio, snapshot_id: ProjectSnapshotId) -> list[bytes]:
    (chapter,) = studio.chapter_snapshots(snapshot_id)
    with studio.records.read(WORKSPACE) as tx:
        return [part.segment_key for part in snapshots.get_parts(tx, chapter.chapter_snapshot_id)]


def test_switching_it_on_speaks_nothing_and_off_makes_nothing(studio: Studio) -> None:
    """Each text is encoded again, pauses are the same, and the old audio is found again."""
    plain, spoken, encoded = made(studio, voice_id=TONE_LOW)
    assert (spoken, encoded) == (3, 6)

    master(studio)
    mastered, spoken, encoded = made(studio)
    assert (spoken, encoded) == (0, 3)
    pairs = zip(segment_keys(studio, plain), segment_keys(studio, mastered), strict=True)
    assert [one == other for one, other in pairs] == [True, False, True, False, True, False, True]

    master(studio, on=False)
    again, spoken, encoded = made(studio)
    assert (spoken, encoded) == (0, 0)
    assert segment_keys(studio, again) == segment_keys(studio, plain)
    master(studio)
    assert made(studio)[1:] == (0, 0)


def test_an_edit_of_mastered_audio_is_one_segment(studio: Studio) -> None:
    """The gain is the voice's, so the paragraphs around it keep theirs."""
    master(studio)
    before, _, _ = made(studio)
    after, spoken, encoded = made(studio, EDITED)

    assert (spoken, encoded) == (1, 1)
    pairs = zip(segment_keys(studio, before), segment_keys(studio, after), strict=True)
    assert sum(one != other for one, other in pairs) == 1


@pytest.mark.parametrize("quality", ["standard", "ultra_lossless"])
def test_voices_become_equally_loud(studio: Studio, quality: QualityPreset) -> None:
    """A level that was measured is what decides: the same tone with another one is as much louder."""
    heard = []
    for voice_id, rms_db in ((TONE_LOW, -22.5), (TONE_HIGH, -25.5)):
        request = replace(READER, voice_id=voice_id)
        with studio.records.write(WORKSPACE) as tx:
            levels.keep_level(tx, level_key_of(request), Level(rms_db, -12.0))
        master(studio, voice_id=voice_id, quality_preset=quality)
        (sound,) = sounds(studio, made(studio)[0])
        heard.append(measure_level(sound).rms_db)
    assert heard[1] - heard[0] == pytest.approx(3.0, abs=0.2)


def test_a_level_is_measured_once(tmp_path: Path) -> None:
    """One voice speaks once for two books and any number of edits, and two voices twice."""
    asked: list[VoiceId] = []

    class Counting(ThisProcess):
        def measure(self, request: SpeechRequest, speakers: Speakers) -> Level:
            asked.append(request.voice_id)
            return super().measure(request, speakers)

    with open_studio(tmp_path, Counting(1)) as studio:
        studio.convert(BOOK)
        assert asked == []
        master(studio)
        made(studio)
        made(studio, EDITED)
        assert asked == [TONE_LOW]
        made(studio, voice_id=TONE_HIGH)
        assert asked == [TONE_LOW, TONE_HIGH]


def test_a_voice_that_cannot_be_measured_is_an_error(tmp_path: Path) -> None:
    """It is tried three times; then whoever asked is told, and no conversion waits."""
    asked: list[VoiceId] = []

    class Failing(ThisProcess):
        def measure(self, request: SpeechRequest, speakers: Speakers) -> Level:
            asked.append(request.voice_id)
            msg = "The engine has no breath."
            raise EngineFailed(msg)

    with open_studio(tmp_path, Failing(1)) as studio:
        master(studio)
        with pytest.raises(VoiceNotMeasured, match=r"tone_low .*no breath"):
            studio.request(BOOK)
        assert len(asked) == 3
        assert studio.rendering.list_unfinished(WORKSPACE) == []


def test_what_is_measured_is_paragraphs_of_the_voices_language() -> None:
    """With pauses behind them; where there are none in that language, the English ones are read."""
    said = plan_calibration(replace(READER, language="de-AT")).request.spoken_text
    assert "".join(c for c in said if not is_pause(c)) == "".join(calibration_paragraphs("de"))
    assert sum(map(is_pause, said)) == 3
    assert calibration_paragraphs("mul") == calibration_paragraphs("en-GB") != calibration_paragraphs("de")


def test_a_level_is_the_reader_s() -> None:
    """Another voice, engine, language or setting has another; what is read has not."""
    others = [
        replace(READER, voice_id=TONE_HIGH),
        replace(READER, engine="espeak"),
        replace(READER, language="en"),
        replace(READER, settings={"speed": 1.1}),
    ]
    assert len({level_key_of(request) for request in [READER, *others]}) == 5
    assert level_key_of(replace(READER, spoken_text="Snow.", speech_key=b"other")) == level_key_of(READER)


def test_records_of_mastered_audio_can_be_rebuilt(studio: Studio) -> None:
    """What packs say of it is what records say."""
    master(studio)
    made(studio)
    assert check_storage(studio.records, studio.blobs).problems == ()


@pytest.mark.parametrize("voice_id", ["espeak_alder", "espeak_yew", "espeak_aspen"])
def test_speech_is_what_audiobook_shops_ask_for(studio: Studio, voice_id: str) -> None:
    """Voices 5 dB apart: RMS between -23 and -18 dB, no peak above -3 dB, and silence between paragraphs."""
    need_espeak()
    book = make_document(make_document_chapter(*calibration_paragraphs("en")[::-1], *TEXTS))
    master(studio, book, voice_id=VoiceId(voice_id))
    (sound,) = sounds(studio, made(studio, book)[0])

    level = measure_level(sound)
    assert -23 < level.rms_db < -18
    assert level.peak_db < -3
    assert measure_level(sound[: 22_050 // 2]).rms_db < -60
