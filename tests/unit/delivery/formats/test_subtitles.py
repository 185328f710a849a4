"""SRT and WebVTT, read back by FFmpeg and compared with the sound."""

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray
from tests.factories import (
    TONE_LOW,
    WORKSPACE,
    Studio,
    make_document,
    make_document_chapter,
    need_espeak,
    open_studio,
)

from rhapsode.authoring.books import BookOptions
from rhapsode.delivery.downloads import open_book
from rhapsode.delivery.export_orders import exportable_project
from rhapsode.delivery.formats.chosen import choose_format
from rhapsode.delivery.formats.format import ExportFormat, ExportSource
from rhapsode.rendering.pool import RenderPool
from rhapsode.rendering.transcoding import Transcoding
from rhapsode.studio.ids import ProjectSnapshotId, VoiceId
from rhapsode.studio.project import QualityPreset

BOOK = make_document(
    make_document_chapter(
        "“Dr. Rhea,” said she, and climbed <very> slowly & with care.",
        "It cost 20% of all that we had brought along from the harbour, and a little more than that. So be it.",
        name="One\n-->  Two",
    ),
    make_document_chapter("They came home.", name="The Hill"),
)
LOSSLESS = BookOptions(voice_id=TONE_LOW, quality_preset=QualityPreset.ULTRA_LOSSLESS)


@dataclass(frozen=True)
class Cue:
    """What a player shows, in milliseconds."""

    start_ms: int
    end_ms: int
    text: str


@dataclass(frozen=True)
class Narrated:
    """A studio with a snapshot."""

    studio: Studio
    snapshot_id: ProjectSnapshotId

    def export(self, chosen: ExportFormat) -> bytes:
        """The snapshot in a format of text."""
        studio = self.studio
        with studio.records.read(WORKSPACE) as tx:
            book = exportable_project(tx, studio.project_snapshot(self.snapshot_id))
        # Nothing is encoded for a text.
        transcoding = Transcoding(studio.records, studio.blobs, RenderPool(1))
        source = ExportSource(
            studio.records,
            studio.blobs,
            transcoding,
            WORKSPACE,
            "an-export",
            book.project,
            book.snapshot,
            book.chapters,
            lambda _: None,
        )
        return b"".join(part for part in chosen.make(source) if isinstance(part, bytes))

    def samples(self) -> NDArray[np.float64]:
        """The project's single file as it is heard, between -1 and 1."""
        audio = open_book(self.studio.records, self.studio.blobs, WORKSPACE, self.snapshot_id, "mp3")
        samples: NDArray[np.float64] = soundfile.read(io.BytesIO(b"".join(audio.content)))[0]
        return samples


@pytest.fixture(scope="module")
def tones(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Narrated]:
    """A lossless book in tones."""
    with open_studio(tmp_path_factory.mktemp("tones")) as studio:
        yield Narrated(studio, studio.convert(BOOK, LOSSLESS))


def read(content: bytes, name: str) -> list[Cue]:
    """The cues as FFmpeg finds them."""
    with av.open(io.BytesIO(content), "r", format={"srt": "srt", "vtt": "webvtt"}[name]) as container:
        base = container.streams[0].time_base
        assert base is not None
        return [
            Cue(
                round(packet.pts * base * 1000),
                round((packet.pts + (packet.duration or 0)) * base * 1000),
                bytes(packet).decode(),
            )
            for packet in container.demux()
            if packet.pts is not None
        ]


def test_sentences_are_read_back(tones: Narrated) -> None:
    """Both formats have the same cues; WebVTT escapes what it would take for its own."""
    srt = read(tones.export(choose_format("srt")), "srt")
    vtt = read(tones.export(choose_format("vtt")), "vtt")
    assert [cue.text.splitlines() for cue in srt] == [
        ["“Dr. Rhea,” said she,", "and climbed <very> slowly & with care."],
        ["It cost 20% of all that we had", "brought along from the harbour,"],
        ["and a little more than that."],
        ["So be it."],
        ["They came home."],
    ]
    assert [cue.text for cue in vtt] == [
        cue.text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;") for cue in srt
    ]
    assert [(cue.start_ms, cue.end_ms) for cue in vtt] == [(cue.start_ms, cue.end_ms) for cue in srt]


def test_files_are_as_their_readers_want_them(tones: Narrated) -> None:
    """SRT is numbered, with CR and LF; WebVTT notes the chapters, in one line without an arrow."""
    srt = tones.export(choose_format("srt"))
    assert srt.startswith(b"1\r\n00:00:00,")
    assert srt.count(b"\n") == srt.count(b"\r\n")
    vtt = tones.export(choose_format("vtt")).decode()
    assert vtt.startswith("WEBVTT\n\n")
    assert re.findall("^NOTE (.*)$", vtt, re.MULTILINE) == ["One --&gt; Two", "The Hill"]


@pytest.mark.parametrize("name", ["srt", "vtt"])
def test_words_are_shown_while_they_are_heard(tones: Narrated, name: str) -> None:
    """Silence before each, its tone within a few milliseconds of its cue, and the end of the tone at its end."""
    samples = np.abs(tones.samples())
    cues = read(tones.export(choose_format(name, cues="word")), name)
    assert [cue.text for cue in cues][:4] == ["Dr.", "Rhea", "said", "she"]
    for cue in cues:
        before, after = (moment * 441 // 10 for moment in (cue.start_ms, cue.end_ms))
        # A quotation mark or a comma beside a word is a tone as well, which fades out and in again.
        assert samples[before - 44 : before + 44].min() < 0.02
        assert samples[before + 200 : before + 1000].max() > 0.1
        assert samples[after - 1000 : after - 200].max() > 0.1
        assert samples[after - 44 : after + 44].min() < 0.02


def test_karaoke_has_a_time_for_each_word(tones: Narrated) -> None:
    """Those of the words' own cues, rising, between the beginning and the end of the sentence's."""
    words = {cue.start_ms for cue in read(tones.export(choose_format("vtt", cues="word")), "vtt")}
    sentences = read(tones.export(choose_format("vtt")), "vtt")
    karaoke = read(tones.export(choose_format("vtt", cues="karaoke")), "vtt")
    for plain, timed in zip(sentences, karaoke, strict=True):
        assert re.sub("<[0-9:.]+>", "", timed.text) == plain.text
        times = [
            (int(hours) * 60 + int(minutes)) * 60_000 + int(seconds) * 1000 + int(milliseconds)
            for hours, minutes, seconds, milliseconds in re.findall(r"<(\d+):(\d+):(\d+)\.(\d+)>", timed.text)
        ]
        assert len(times) >= len(plain.text.split()) - 4
        assert times == sorted(set(times))
        assert all(plain.start_ms < time < plain.end_ms for time in times)
        assert {*times} <= words


def test_sentences_of_a_real_voice_begin_when_they_are_heard(tmp_path: Path) -> None:
    """Within 30 ms of the moment where the silence before them ends."""
    need_espeak()
    texts = ["She looked away.", "Nobody answered.", "Rain fell all morning.", "We left early, and alone."]
    options = BookOptions(voice_id=VoiceId("espeak_alder"), quality_preset=QualityPreset.ULTRA_LOSSLESS)
    with open_studio(tmp_path) as studio:
        narrated = Narrated(studio, studio.convert(make_document(make_document_chapter(*texts)), options))
        cues = read(narrated.export(choose_format("srt")), "srt")
        samples = narrated.samples()
    assert [cue.text for cue in cues] == texts
    window = 220
    energies = np.sqrt(np.add.reduceat(samples**2, np.arange(0, samples.size, window)) / window)
    is_loud = energies > energies.max() * 10 ** (-35 / 20)
    for cue in cues:
        place = cue.start_ms * 44_100 // 1000 // window
        nearby = np.flatnonzero(is_loud[place - 24 :]) - 24
        assert abs(nearby[0] * window / 44.1) <= 30, cue
