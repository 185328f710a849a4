"""Single texts: kept as history items, and copied to other formats."""

import io
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import av
import pytest
import sqlalchemy as sa
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

from rhapsode.audio.encode import to_44100
from rhapsode.audio.encoding import FRAME_SAMPLES, SAMPLE_RATE_HZ
from rhapsode.audio.grid import pause_frames, segment_frames
from rhapsode.audio.output_formats import get_output_format
from rhapsode.delivery.files import iterate_file
from rhapsode.delivery.history import item_file, iterate_item_alignment
from rhapsode.engines.tone import CHARACTER_SAMPLES, ToneEngine
from rhapsode.engines.tone import SAMPLE_RATE_HZ as TONE_RATE_HZ
from rhapsode.rendering import reading
from rhapsode.rendering.pauses import SENTENCE_MS
from rhapsode.rendering.pool import RenderPool
from rhapsode.rendering.render_jobs import KeptStream, SpeakJob
from rhapsode.rendering.speak import Speaking, SpeakRequest, Withdrawn
from rhapsode.storage import conversions, history, schema, speaking
from rhapsode.storage.check import check_storage
from rhapsode.storage.cleanup import CleanupPolicy, clean_up
from rhapsode.storage.packs import list_pack_ids, pack_key
from rhapsode.studio.errors import (
    DataDamaged,
    EmptyText,
    EngineFailed,
    HistoryItemNotFound,
    TextRefused,
    TextTooLong,
    UnknownLanguage,
    UnknownOutputFormat,
    UnknownVoice,
)
from rhapsode.studio.history import HistoryFile, HistoryItem
from rhapsode.studio.ids import ConversionId, HistoryItemId, VoiceId, WorkspaceId
from rhapsode.studio.limits import MAX_SPEAK_CHARACTERS
from rhapsode.studio.voice import VoiceSettings
from rhapsode.voices.catalogue import engine_catalogue

pytestmark = pytest.mark.slow

FORMATS = (
    "mp3_44100_128",
    "mp3_22050_32",
    "pcm_44100",
    "pcm_16000",
    "wav_44100",
    "wav_48000",
    "ulaw_8000",
    "alaw_8000",
    "opus_48000_64",
)
WAV = "wav_44100"
DAY_MS = 24 * 3600 * 1000
SEGMENT_CHARACTERS = 200
LONG = " ".join(f"Wave {number} broke on the harbour wall." for number in range(13))
"""Two sentences first, then three segments of at most SEGMENT_CHARACTERS."""
LONG_PARTS = 4


@pytest.fixture(autouse=True)
def short_segments(monkeypatch: pytest.MonkeyPatch) -> None:
    """Texts need not be long to have several parts."""
    monkeypatch.setattr(reading, "MAX_SEGMENT_CHARACTERS", SEGMENT_CHARACTERS)


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[Studio]:
    with open_studio(tmp_path / "studio") as studio:
        yield studio


def asked(text: str = "It rained.", output_format: str = "mp3_44100_128") -> SpeakRequest:
    return SpeakRequest(text, TONE_LOW, output_format, "rhapsode_v1", "request")


def speak(studio: Studio, text: str = "It rained.", output_format: str = "mp3_44100_128") -> HistoryItem:
    return studio.speaking.speak(WORKSPACE, asked(text, output_format))


def content(studio: Studio, item: HistoryItem, output_format: str | None = None) -> bytes:
    pieces = item_file(studio.records, WORKSPACE, item.history_item_id, output_format or item.output_format)
    return b"".join(iterate_file(studio.blobs, pieces))


def file_of(studio: Studio, item: HistoryItem, output_format: str | None = None) -> HistoryFile:
    with studio.records.read(WORKSPACE) as tx:
        file = history.find_file(tx, item.history_item_id, output_format or item.output_format)
    assert file is not None
    return file


def count_spoken(studio: Studio, item: HistoryItem) -> int:
    """Segments that were spoken for an item."""
    with studio.records.read(WORKSPACE) as tx:
        return conversions.get_usage(tx, ConversionId(item.history_item_id), "speech").segment_count


def rows(studio: Studio) -> dict[str, list[tuple[object, ...]]]:
    """Everything that the records hold, but for the times when segments were let go of."""
    found = {}
    with studio.records.read(WORKSPACE) as tx:
        for table in schema.metadata.sorted_tables:
            columns = [column for column in table.columns if column.name != "used_at_ms"]
            found[table.name] = sorted(map(tuple, tx.connection.execute(sa.select(*columns))), key=repr)
    return found


def files(studio: Studio) -> list[Path]:
    """Every file below the blobs."""
    return sorted(path for path in studio.blobs.temporary_directory().parent.rglob("*") if path.is_file())


def problems(studio: Studio) -> tuple[str, ...]:
    return check_storage(studio.records, studio.blobs).problems


def decoded_samples(content: bytes, output_format: str) -> tuple[int, int]:
    """How many samples a decoder finds, and their rate."""
    known = get_output_format(output_format)
    if known.codec in ("pcm", "ulaw", "alaw"):
        return len(content) // (2 if known.codec == "pcm" else 1), known.sample_rate_hz
    with av.open(io.BytesIO(content), "r") as opened:
        frames = list(opened.decode(audio=0))
    return sum(frame.samples for frame in frames), frames[0].sample_rate


@pytest.mark.parametrize("output_format", FORMATS)
@pytest.mark.parametrize("text", ["It rained.", LONG])
def test_a_file_lasts_as_long_as_its_frames_say(studio: Studio, output_format: str, text: str) -> None:
    """To the sample, in every kind of format, of one part or several; size and checksum are those of the bytes."""
    item = speak(studio, text, output_format)
    made, file = content(studio, item), file_of(studio, item)
    samples, rate_hz = decoded_samples(made, output_format)
    assert samples == round((file.frame_count - 1) * FRAME_SAMPLES * rate_hz / SAMPLE_RATE_HZ)
    assert rate_hz == get_output_format(output_format).sample_rate_hz
    assert len(made) == file.size_bytes
    assert problems(studio) == ()


def test_the_sound_is_what_the_engine_said(studio: Studio) -> None:
    """Each part on the grid, its sound first and then the pause of a sentence, and of the last frame nothing."""
    item = speak(studio, LONG, "pcm_44100")
    made = content(studio, item)
    with studio.records.read(WORKSPACE) as tx:
        parts = history.get_file_parts(tx, item.history_item_id, "pcm_44100")
    voice = engine_catalogue().get(TONE_LOW)
    expected = b""
    for part in parts:
        spoken = ToneEngine().synthesize(part.text, voice=voice, language="mul", settings=VoiceSettings())
        samples = to_44100(spoken.samples, spoken.sample_rate_hz)
        rest = 0 if part is parts[-1] else pause_frames(SENTENCE_MS)
        assert part.frame_count == segment_frames(samples.size) + rest
        expected += samples.tobytes().ljust(part.frame_count * FRAME_SAMPLES * 2, b"\0")
    assert len(parts) == LONG_PARTS
    assert made == expected[: -FRAME_SAMPLES * 2]


@pytest.mark.parametrize(
    "text", ["It rained.", LONG, " Soft\u00adly,\r\nit\u200b rained. ", "It rained.\n\n\n"]
)
def test_the_alignment_spells_the_text(studio: Studio, text: str) -> None:
    """Joined, it is the text as it was sent; times never decrease, and end within the sound."""
    item = speak(studio, text)
    aligned = list(iterate_item_alignment(studio.records, WORKSPACE, item.history_item_id))
    boundaries = [boundary for piece in aligned for boundary in piece.boundaries]
    assert "".join(piece.text for piece in aligned) == text == item.text
    assert boundaries == sorted(boundaries)
    assert boundaries[-1] <= (file_of(studio, item).frame_count - 1) * FRAME_SAMPLES


def test_the_alignment_is_exact(studio: Studio) -> None:
    """A character of a tone lasts 60 ms, which are 2,646 samples."""
    item = speak(studio, "It rained.")
    (piece,) = iterate_item_alignment(studio.records, WORKSPACE, item.history_item_id)
    step = CHARACTER_SAMPLES * SAMPLE_RATE_HZ // TONE_RATE_HZ
    assert piece.boundaries == tuple(range(0, 11 * step, step))


def test_an_item_says_what_was_asked(studio: Studio) -> None:
    """Its id is of the millisecond it was made in, and what was returned is what is kept."""
    item = studio.speaking.speak(
        WORKSPACE, replace(asked(), settings=VoiceSettings(speed=1.1), language="de-AT")
    )
    with studio.records.read(WORKSPACE) as tx:
        assert history.get_item(tx, item.history_item_id) == item
    assert (item.voice_id, item.voice_name, item.model_id) == (TONE_LOW, "Tone Low", "rhapsode_v1")
    assert (item.request_id, item.source, item.character_count) == ("request", "TTS", 10)
    assert (item.settings.speed, item.language) == (1.1, "mul")


# What was spoken before


def test_what_a_project_said_is_not_spoken_again(studio: Studio) -> None:
    """The item has the project's speech, and its alignment."""
    studio.convert(make_document(make_document_chapter("It rained.", "Nobody came.")))
    before = [row for row in rows(studio)["segments"] if row[3] == "speech"]
    item = speak(studio, "It rained.")
    assert count_spoken(studio, item) == 0
    assert [row for row in rows(studio)["segments"] if row[3] == "speech"] == before
    assert len(list(iterate_item_alignment(studio.records, WORKSPACE, item.history_item_id))) == 1


def test_a_project_does_not_say_again_what_was_spoken(studio: Studio) -> None:
    """Its audio is encoded anew, since an item's is a stretch of one stream; an item's never is a chapter's."""
    item = speak(studio, "It rained.")
    requested = studio.request(make_document(make_document_chapter("It rained.", "Nobody came.")))
    studio.run(requested)
    assert count_spoken(studio, item) == 1
    assert studio.count_spoken(requested) == 1
    assert studio.count_encoded(requested) == 5
    assert problems(studio) == ()


def test_a_text_that_is_spoken_again_is_an_item_of_its_own(studio: Studio) -> None:
    """With the same bytes, and nothing was spoken for it; another voice speaks."""
    first, again = speak(studio), speak(studio)
    assert first.history_item_id < again.history_item_id
    assert content(studio, first) == content(studio, again)
    assert [count_spoken(studio, item) for item in (first, again)] == [1, 0]
    other = studio.speaking.speak(WORKSPACE, replace(asked(), voice_id=TONE_HIGH))
    assert count_spoken(studio, other) == 1


def test_what_a_text_says_twice_is_spoken_once(studio: Studio) -> None:
    """Two parts of one item may be the same speech."""
    item = speak(studio, "a" * 2 * SEGMENT_CHARACTERS)
    with studio.records.read(WORKSPACE) as tx:
        parts = history.get_file_parts(tx, item.history_item_id, item.output_format)
    assert len({part.speech_key for part in parts}) == 1
    assert len({part.segment_key for part in parts}) == 2
    assert count_spoken(studio, item) == 1
    assert problems(studio) == ()


def test_the_ledger_has_what_was_made(studio: Studio) -> None:
    """Characters that were spoken, samples at the engine's rate, and the frames that were encoded."""
    item = speak(studio, "It rained.")
    with studio.records.read(WORKSPACE) as tx:
        speech = conversions.get_usage(tx, ConversionId(item.history_item_id), "speech")
        audio = conversions.get_usage(tx, ConversionId(item.history_item_id), "audio")
    assert speech == conversions.Usage(1, 10, 10 * CHARACTER_SAMPLES)
    assert audio == conversions.Usage(1, 0, file_of(studio, item).frame_count * FRAME_SAMPLES)


class Overtaken(ThisProcess):
    """A pool that lets something happen between making a stream and keeping it, once."""

    meanwhile: Callable[[], object] | None = None

    def speak(self, job: SpeakJob, audio_keys: Sequence[bytes]) -> KeptStream:
        made = super().speak(job, audio_keys)
        happening, self.meanwhile = self.meanwhile, None
        if happening is not None:
            happening()
        return made


def test_the_first_reading_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two at once have the same text spoken by an engine that never says it twice alike: both get the first one."""
    readings = iter(range(1, 10))
    synthesize = ToneEngine.synthesize

    def other_each_time(self, text, **rest):  # type: ignore[no-untyped-def]
        speech = synthesize(self, text, **rest)
        return replace(speech, samples=speech.samples // next(readings))

    monkeypatch.setattr(ToneEngine, "synthesize", other_each_time)
    pool = Overtaken(2)
    with open_studio(tmp_path, pool) as studio:
        kept: list[HistoryItem] = []
        pool.meanwhile = lambda: kept.append(speak(studio, LONG, "pcm_44100"))
        overtaken = speak(studio, LONG, "pcm_44100")
        assert content(studio, overtaken) == content(studio, kept[0])
        assert [count_spoken(studio, item) for item in (overtaken, kept[0])] == [0, LONG_PARTS]
        assert problems(studio) == ()
        pack_count = len(list(list_pack_ids(studio.blobs)))
        for _ in range(2):
            clean_up(studio.records, studio.blobs, CleanupPolicy(retired_pack_ms=0), now_ms=2**45)
        assert len(list(list_pack_ids(studio.blobs))) == pack_count - 2
        assert content(studio, overtaken) == content(studio, kept[0])


def test_many_may_speak_at_once(studio: Studio) -> None:
    """Eight threads with the same text and eight items, each whole."""
    with ThreadPoolExecutor(8) as threads:
        items = list(threads.map(lambda _: speak(studio, LONG), range(8)))
    assert len({content(studio, item) for item in items}) == 1
    assert sum(count_spoken(studio, item) for item in items) == LONG_PARTS
    assert problems(studio) == ()


class Counting(ThisProcess):
    """A pool that counts the parts it speaks and the streams it makes, and takes its time."""

    spoken_count = stream_count = 0

    def speak(self, job: SpeakJob, audio_keys: Sequence[bytes]) -> KeptStream:
        self.spoken_count += len(job.requests)
        self.stream_count += 1
        time.sleep(0.05)
        return super().speak(job, audio_keys)


def test_equal_texts_at_the_same_time_are_spoken_once(tmp_path: Path) -> None:
    """Whoever has waited for its turn finds what was spoken meanwhile."""
    pool = Counting(1)
    with open_studio(tmp_path, pool) as studio, ThreadPoolExecutor(8) as threads:
        items = list(threads.map(lambda _: speak(studio, LONG), range(8)))
        assert len({item.history_item_id for item in items}) == 8
        assert (pool.spoken_count, pool.stream_count) == (LONG_PARTS, 8)


def test_copies_at_the_same_time_are_made_once(tmp_path: Path) -> None:
    """The others find it when they have their turn."""
    pool = Counting(1)
    with open_studio(tmp_path, pool) as studio, ThreadPoolExecutor(4) as threads:
        item_id = speak(studio).history_item_id
        copies = threads.map(lambda _: studio.speaking.ensure_file(WORKSPACE, item_id, WAV), range(4))
        assert len({copy.size_bytes for copy in copies}) == 1
        assert pool.stream_count == 2


# What goes wrong


def test_what_nobody_waits_for_is_not_spoken(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is begun and nothing left."""
    before = rows(studio)
    count = failing(monkeypatch, TextRefused("no"))
    with pytest.raises(Withdrawn):
        studio.speaking.speak(WORKSPACE, asked(), is_wanted=lambda: False)
    assert count == [0]
    assert rows(studio) == before
    assert files(studio) == []


def test_no_further_attempt_is_made_for_nobody(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the engine has died and the client has left meanwhile."""
    before = rows(studio)
    count = failing(monkeypatch, EngineFailed("died"), 1)
    with pytest.raises(Withdrawn):
        studio.speaking.speak(WORKSPACE, asked(), is_wanted=lambda: count == [0])
    assert count == [1]
    assert rows(studio) == before


@pytest.mark.parametrize("text", ["", " ", "\n\t \u00a0", "\u200b\u00ad", "\u200b \u200b"])
def test_nothing_to_speak_is_said(studio: Studio, text: str) -> None:
    """Also when it is invisible."""
    with pytest.raises(EmptyText):
        speak(studio, text)


def test_a_text_has_a_limit(studio: Studio) -> None:
    """One character more is refused before anything is made."""
    with pytest.raises(TextTooLong, match="40001"):
        speak(studio, "a" * (MAX_SPEAK_CHARACTERS + 1))
    assert files(studio) == []


@pytest.mark.parametrize(
    ("request_", "error"),
    [
        (replace(asked(), voice_id=VoiceId("nobody")), UnknownVoice),
        (replace(asked(), output_format="mp3_1_1"), UnknownOutputFormat),
        (asked(output_format="default"), UnknownOutputFormat),
    ],
)
def test_what_is_unknown_is_refused(studio: Studio, request_: SpeakRequest, error: type[Exception]) -> None:
    """Before anything is made."""
    before = rows(studio)
    with pytest.raises(error):
        studio.speaking.speak(WORKSPACE, request_)
    assert rows(studio) == before


def failing(monkeypatch: pytest.MonkeyPatch, error: Exception, *calls: int) -> list[int]:
    """Let the tone fail at some of its calls; return their count as it grows."""
    synthesize, count = ToneEngine.synthesize, [0]

    def fail(self, text, **rest):  # type: ignore[no-untyped-def]
        count[0] += 1
        if count[0] in calls:
            raise error
        return synthesize(self, text, **rest)

    monkeypatch.setattr(ToneEngine, "synthesize", fail)
    return count


@pytest.mark.parametrize(
    ("error", "calls"),
    [(TextRefused("no"), (2,)), (EngineFailed("died"), (2, 4, 6)), (KeyboardInterrupt(), (3,))],
)
def test_a_failing_engine_leaves_nothing(
    studio: Studio, monkeypatch: pytest.MonkeyPatch, error: Exception, calls: tuple[int, ...]
) -> None:
    """No row, no reference and no file, though parts of the text had been spoken; later it may be spoken."""
    before = rows(studio)
    count = failing(monkeypatch, error, *calls)
    with pytest.raises(type(error)):
        speak(studio, LONG)
    assert count == [calls[-1]]
    assert rows(studio) == before
    assert files(studio) == []
    assert count_spoken(studio, speak(studio, LONG)) == LONG_PARTS


def test_another_attempt_helps(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    """An engine that died twice has two more lives, and the text is spoken from its beginning."""
    count = failing(monkeypatch, EngineFailed("died"), 2, 5)
    item = speak(studio, LONG)
    assert count == [2 + 3 + LONG_PARTS]
    assert count_spoken(studio, item) == LONG_PARTS
    assert problems(studio) == ()


def test_a_failure_takes_nothing_from_others(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    """What an item or project has stays theirs when another text with the same beginning fails."""
    item = speak(studio, LONG)
    before, made = rows(studio), content(studio, item)
    failing(monkeypatch, TextRefused("no"), 1)
    with pytest.raises(TextRefused):
        speak(studio, LONG + " The end.")
    assert rows(studio) == before
    assert content(studio, item) == made


def test_damaged_speech_is_not_encoded(studio: Studio) -> None:
    """A text whose speech has been damaged since fails, and leaves nothing new."""
    item = speak(studio)
    before = rows(studio)
    with studio.records.read(WORKSPACE) as tx:
        pack_id = tx.connection.execute(
            sa.select(schema.segments.c.pack_id).where(schema.segments.c.kind == "speech")
        ).scalar_one()
    with studio.blobs.path(pack_key(pack_id)).open("r+b") as file:
        file.seek(200)
        file.write(b"!!!!")
    for attempt in (
        lambda: speak(studio),
        lambda: studio.speaking.ensure_file(WORKSPACE, item.history_item_id, WAV),
    ):
        with pytest.raises(DataDamaged):
            attempt()
    assert rows(studio) == before


def test_what_a_kill_leaves_goes_after_a_day(studio: Studio) -> None:
    """References of a text that was being spoken keep its segments until clean-up takes it for dead."""
    with studio.records.write(WORKSPACE) as tx:
        speaking.begin_speaking(tx, "0" * 20, {"speech": [b"s" * 32], "audio": [b"a" * 32]})
        now_ms = tx.now_ms
    clean_up(studio.records, studio.blobs, CleanupPolicy(unused_segment_ms=0), now_ms=DAY_MS)
    assert len(rows(studio)["segments"]) == len(rows(studio)["segment_references"]) == 2
    clean_up(studio.records, studio.blobs, CleanupPolicy(), now_ms=now_ms)
    assert rows(studio)["segments"] == rows(studio)["segment_references"] == []


# Copies


@pytest.mark.parametrize("output_format", ["mp3_44100_128", "ulaw_8000", "opus_48000_32", "pcm_8000"])
def test_a_copy_is_the_same_sound(studio: Studio, output_format: str) -> None:
    """A WAV of the item's own speech at its full rate, of the same length, under the same alignment."""
    item, wav = speak(studio, LONG, output_format), speak(studio, LONG, WAV)
    copy = studio.speaking.ensure_file(WORKSPACE, item.history_item_id, WAV)
    assert content(studio, item, WAV) == content(studio, wav)
    assert copy.frame_count == file_of(studio, item).frame_count
    assert problems(studio) == ()


def test_a_copy_is_made_once(studio: Studio) -> None:
    """It is found again, and an item's own format is there already."""
    item = speak(studio)
    copy = studio.speaking.ensure_file(WORKSPACE, item.history_item_id, WAV)
    before = rows(studio)
    assert studio.speaking.ensure_file(WORKSPACE, item.history_item_id, WAV) == copy
    own = studio.speaking.ensure_file(WORKSPACE, item.history_item_id, item.output_format)
    assert own == file_of(studio, item)
    assert rows(studio) == before


def test_two_that_make_a_copy_at_once_make_one(tmp_path: Path) -> None:
    """The second finds the first one's, and its own pack goes with clean-up."""
    pool = Overtaken(2)
    with open_studio(tmp_path, pool) as studio:
        item = speak(studio)
        pool.meanwhile = lambda: studio.speaking.ensure_file(WORKSPACE, item.history_item_id, WAV)
        copy = studio.speaking.ensure_file(WORKSPACE, item.history_item_id, WAV)
        assert copy == file_of(studio, item, WAV)
        assert len(rows(studio)["history_files"]) == 2
        assert problems(studio) == ()
        assert not any(str(row[0]).startswith("speaking") for row in rows(studio)["segment_references"])


def test_an_item_may_be_deleted_while_it_is_copied(tmp_path: Path) -> None:
    """Then there is no such item, and nobody refers to what was made, but to the file that it had."""
    pool = Overtaken(2)
    with open_studio(tmp_path, pool) as studio:
        item = speak(studio)

        def delete() -> None:
            with studio.records.write(WORKSPACE) as tx:
                history.delete_item(tx, item.history_item_id)

        pool.meanwhile = delete
        with pytest.raises(HistoryItemNotFound):
            studio.speaking.ensure_file(WORKSPACE, item.history_item_id, WAV)
        assert rows(studio)["history_files"] == []
        owners = {row[0] for row in rows(studio)["segment_references"]}
        assert owners == {history.file_owner(item.history_item_id, item.output_format)}
        assert problems(studio) == ()


@pytest.mark.parametrize("workspace_id", [WORKSPACE, WorkspaceId("other")])
def test_a_copy_of_nothing_is_refused(studio: Studio, workspace_id: WorkspaceId) -> None:
    """An absent item, another workspace's item and an unknown format."""
    item_id = HistoryItemId("none") if workspace_id == WORKSPACE else speak(studio).history_item_id
    with pytest.raises(HistoryItemNotFound):
        studio.speaking.ensure_file(workspace_id, item_id, WAV)
    with pytest.raises(UnknownOutputFormat):
        studio.speaking.ensure_file(workspace_id, item_id, "wav")


def grow_older(studio: Studio, ms: int) -> None:
    """Let the files of items be older."""
    files = schema.history_files
    with studio.records.write(WORKSPACE) as tx:
        tx.connection.execute(files.update().values(created_at_ms=files.c.created_at_ms - ms))


def test_copies_go_after_a_day(studio: Studio) -> None:
    """With all of their bytes, unless somebody has asked for them meanwhile; an item's own file stays."""
    item = speak(studio)
    studio.speaking.ensure_file(WORKSPACE, item.history_item_id, WAV)
    with studio.records.read(WORKSPACE) as tx:
        now_ms = tx.now_ms
    policy = CleanupPolicy(retired_pack_ms=0)

    grow_older(studio, DAY_MS * 2 // 3)
    studio.speaking.ensure_file(WORKSPACE, item.history_item_id, WAV)
    grow_older(studio, DAY_MS * 2 // 3)
    clean_up(studio.records, studio.blobs, policy, now_ms=now_ms)
    assert content(studio, item, WAV)

    grow_older(studio, DAY_MS)
    for _ in range(2):
        clean_up(studio.records, studio.blobs, policy, now_ms=now_ms + 1)
    with pytest.raises(HistoryItemNotFound):
        content(studio, item, WAV)
    assert {row[1] for row in rows(studio)["history_files"]} == {item.output_format}
    assert len(list(list_pack_ids(studio.blobs))) == 2
    assert content(studio, item)
    assert studio.speaking.ensure_file(WORKSPACE, item.history_item_id, WAV).size_bytes


# Deleting


def test_a_deleted_item_leaves_nothing_that_anybody_refers_to(studio: Studio) -> None:
    """Its rows go at once, its audio a day later; its speech waits for the same text."""
    item = speak(studio, LONG)
    studio.speaking.ensure_file(WORKSPACE, item.history_item_id, WAV)
    with studio.records.write(WORKSPACE) as tx:
        history.delete_item(tx, item.history_item_id)
        now_ms = tx.now_ms
    assert rows(studio)["history_items"] == rows(studio)["history_files"] == []
    now_ms += DAY_MS
    clean_up(studio.records, studio.blobs, CleanupPolicy(), now_ms=now_ms + 1)
    left = rows(studio)
    assert left["history_items"] == left["history_files"] == left["segment_references"] == []
    assert [row[3] for row in left["segments"]] == ["speech"] * LONG_PARTS
    for _ in range(2):
        clean_up(studio.records, studio.blobs, CleanupPolicy(retired_pack_ms=0), now_ms=now_ms + 1)
    assert len(list(list_pack_ids(studio.blobs))) == 1
    assert count_spoken(studio, speak(studio, LONG)) == 0


def test_a_deleted_item_takes_nothing_from_others(studio: Studio) -> None:
    """Another item of the same text and a project keep everything."""
    snapshot = studio.convert(make_document(make_document_chapter("It rained.")))
    item, other = speak(studio), speak(studio)
    made = content(studio, other)
    with studio.records.write(WORKSPACE) as tx:
        history.delete_item(tx, item.history_item_id)
    everything = CleanupPolicy(unused_segment_ms=0, retired_pack_ms=0, live_share=1, small_pack_count=1)
    for _ in range(2):
        clean_up(studio.records, studio.blobs, everything, now_ms=2**44)
    assert content(studio, other) == made
    assert problems(studio) == ()
    assert studio.chapter_snapshots(snapshot)


# Processes and voices


def test_a_process_of_the_pool_speaks(tmp_path: Path) -> None:
    """The bytes are those of any other process."""
    with open_studio(tmp_path / "here") as here:
        expected = content(here, speak(here, LONG))
    pool = RenderPool(1)
    try:
        with open_studio(tmp_path / "there", pool) as there:
            assert content(there, speak(there, LONG)) == expected
    finally:
        pool.stop()


def test_a_process_that_dies_is_replaced(tmp_path: Path) -> None:
    """Whoever was speaking tries again in a new one."""
    pool = RenderPool(1)
    try:
        with open_studio(tmp_path, pool) as studio:
            speak(studio)
            assert pool._executor is not None
            (process,) = pool._executor._processes.values()
            process.kill()
            item = speak(studio, LONG)
            assert not process.is_alive()
            assert problems(studio) == ()
            assert content(studio, item)
    finally:
        pool.stop()


def test_real_speech_is_spoken_in_the_language_that_is_asked(studio: Studio) -> None:
    """Without one in the voice's own; in one that it doesn't speak, it refuses."""
    need_espeak()
    alder = replace(asked("Nobody came."), voice_id=VoiceId("espeak_alder"))
    english = studio.speaking.speak(WORKSPACE, alder)
    german = studio.speaking.speak(WORKSPACE, replace(alder, language="de-AT"))
    assert english.language == engine_catalogue().get("espeak_alder").language
    assert german.language == "de"
    assert content(studio, english) != content(studio, german)
    with pytest.raises(UnknownLanguage):
        studio.speaking.speak(WORKSPACE, replace(alder, language="xx"))


def test_a_premade_voice_is_remembered_under_its_id(studio: Studio) -> None:
    """A client that speaks with it finds the item by it; who speaks is a voice that is installed."""
    need_espeak()
    premade = VoiceId("21m00Tcm4TlvDq8ikWAM")
    item = studio.speaking.speak(WORKSPACE, replace(asked(), voice_id=premade))
    local = studio.speaking.speak(
        WORKSPACE, replace(asked(), voice_id=engine_catalogue().get(premade).voice_id)
    )
    assert (item.voice_id, item.voice_name) == (premade, "Rachel")
    assert content(studio, item) == content(studio, local)
    assert count_spoken(studio, local) == 0


def test_a_setting_that_the_engine_heeds_is_heard(studio: Studio) -> None:
    """The same text, faster, is other speech."""
    need_espeak()
    alder = replace(asked("Nobody came."), voice_id=VoiceId("espeak_alder"))
    usual = studio.speaking.speak(WORKSPACE, alder)
    faster = studio.speaking.speak(WORKSPACE, replace(alder, settings=VoiceSettings(speed=1.2)))
    assert file_of(studio, faster).frame_count < file_of(studio, usual).frame_count


def test_speaking_needs_nothing_but_records_blobs_and_a_pool(studio: Studio) -> None:
    """Another one on the same directory finds what the first has spoken."""
    item = speak(studio)
    again = Speaking(studio.records, studio.blobs, ThisProcess(1)).speak(WORKSPACE, asked())
    assert count_spoken(studio, again) == 0
    assert content(studio, item) == content(studio, again)
