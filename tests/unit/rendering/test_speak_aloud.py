"""Texts that are heard while they are spoken: what a listener is given when, and what is kept of it."""

import threading
import tracemalloc
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from tests.factories import TONE_LOW, WORKSPACE, Studio, ThisProcess, open_studio

from rhapsode.audio.output_formats import get_output_format
from rhapsode.audio.stream_encoders import open_stream_head
from rhapsode.delivery.alignments import without_gaps
from rhapsode.delivery.files import iterate_file
from rhapsode.delivery.history import item_file, iterate_item_alignment
from rhapsode.engines.engine import EngineTraits
from rhapsode.engines.tone import ToneEngine
from rhapsode.rendering import reading
from rhapsode.rendering.pool import RenderPool
from rhapsode.rendering.render_jobs import KeptStream, PartNotice, SpeakJob, Tell
from rhapsode.rendering.speak import SpeakRequest, SpeechStream, Withdrawn
from rhapsode.rendering.streamed_part import StreamedPart
from rhapsode.storage import history
from rhapsode.storage.check import check_storage
from rhapsode.studio.alignment import AlignedText
from rhapsode.studio.errors import EngineFailed, TextRefused, UnknownVoice
from rhapsode.studio.ids import HistoryItemId, VoiceId

pytestmark = pytest.mark.slow

FORMATS = (
    ("mp3_44100_128", True),
    ("mp3_22050_32", False),
    ("pcm_16000", True),
    ("wav_44100", False),
    ("ulaw_8000", True),
    ("opus_48000_64", False),
)
TEXT = " ".join(f"Wave {number} broke on the harbour wall." for number in range(8))
"""Three parts: two sentences, five, and the rest."""
WAIT_S = 20


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[Studio]:
    with open_studio(tmp_path / "studio") as studio:
        yield studio


def asked(text: str = TEXT, output_format: str = "mp3_44100_128") -> SpeakRequest:
    return SpeakRequest(text, TONE_LOW, output_format, "eleven_multilingual_v2", "request")


def hear(studio: Studio, request: SpeakRequest | None = None, *, keep: bool = True) -> SpeechStream:
    """Speak a text to its end."""
    stream = studio.speaking.open_stream()
    studio.speaking.speak_aloud(WORKSPACE, request or asked(), stream, keep=keep)
    stream.finish()
    return stream


def parts_of(stream: SpeechStream) -> list[StreamedPart]:
    """Those that may be sent by now."""
    found = map(stream.find_part, range(stream.part_count))
    return [part for part in found if part is not None]


def audio_of(parts: Sequence[StreamedPart]) -> bytes:
    return b"".join(block for part in parts for block in part.iterate_audio())


def kept(studio: Studio, stream: SpeechStream) -> bytes:
    """The file of the history item."""
    assert stream.history_item_id is not None
    assert stream.output_format is not None
    pieces = item_file(studio.records, WORKSPACE, stream.history_item_id, stream.output_format.name)
    return b"".join(iterate_file(studio.blobs, pieces))


def find_items(studio: Studio, item_id: HistoryItemId | None) -> bool:
    with studio.records.read(WORKSPACE) as tx:
        return item_id is not None and history.find_item(tx, item_id) is not None


def files(studio: Studio) -> list[Path]:
    """Every file below the blobs."""
    return sorted(path for path in studio.blobs.temporary_directory().parent.rglob("*") if path.is_file())


@pytest.mark.parametrize(("output_format", "keep"), FORMATS)
def test_what_is_heard_is_what_is_kept(studio: Studio, output_format: str, keep: bool) -> None:
    """Byte for byte, but for the head, which is as large and says how long it is where that was known."""
    stream = hear(studio, asked(output_format=output_format), keep=keep)
    item = stream if keep else hear(studio, asked(output_format=output_format))
    heard, file = audio_of(parts_of(stream)), kept(studio, item)
    assert len(parts_of(stream)) == 3
    assert file[len(stream.head) :] == heard
    if output_format.startswith("mp3"):
        assert stream.head == open_stream_head(get_output_format(output_format))
        assert stream.size_bytes is None
    else:
        assert file.startswith(stream.head)
    assert check_storage(studio.records, studio.blobs).problems == ()


@pytest.mark.parametrize("output_format", ["mp3_44100_128", "wav_44100", "pcm_44100"])
def test_a_text_of_one_part_is_the_whole_file(studio: Studio, output_format: str) -> None:
    """Its head says how long it is, in every format."""
    stream = hear(studio, asked("It rained. Nobody came.", output_format))
    assert stream.part_count == 1
    assert stream.head + audio_of(parts_of(stream)) == kept(studio, stream)
    assert stream.size_bytes == len(kept(studio, stream))


@pytest.mark.parametrize("keep", [True, False])
def test_the_alignments_of_its_parts_are_that_of_the_item(studio: Studio, keep: bool) -> None:
    """Each part ends where the next begins, so none has to wait for the next one."""
    stream, item = hear(studio, keep=keep), hear(studio)
    assert item.history_item_id is not None
    for as_spoken in (False, True):
        parts: list[AlignedText] = [
            part.spoken_alignment if as_spoken else part.alignment for part in parts_of(stream)
        ]
        aligned = iterate_item_alignment(studio.records, WORKSPACE, item.history_item_id, as_spoken=as_spoken)
        assert parts == list(without_gaps(aligned))


class Watched(ThisProcess):
    """A pool that calls somebody after each part."""

    def __init__(self) -> None:
        super().__init__(2)
        self.after: Callable[[PartNotice], None] = lambda _: None

    def speak_aloud(
        self, job: SpeakJob, audio_keys: Sequence[bytes] | None, spool: Path, tell: Tell
    ) -> KeptStream | None:
        def tell_and_watch(notice: PartNotice) -> None:
            tell(notice)
            self.after(notice)

        return super().speak_aloud(job, audio_keys, spool, tell_and_watch)


@pytest.fixture
def watched(tmp_path: Path) -> Iterator[tuple[Studio, Watched]]:
    pool = Watched()
    with open_studio(tmp_path / "watched", pool) as studio:
        yield studio, pool


@pytest.mark.parametrize("keep", [True, False])
@pytest.mark.parametrize(("output_format", "heard"), [("mp3_44100_128", [1, 2, 2]), ("wav_44100", [1, 2, 2])])
def test_each_part_is_heard_as_soon_as_it_is_made(
    watched: tuple[Studio, Watched], output_format: str, heard: list[int], keep: bool
) -> None:
    """All but the last, which waits until everything is kept; then the item is there."""
    studio, pool = watched
    stream = studio.speaking.open_stream()
    counts: list[int] = []
    pool.after = lambda _: counts.append(len(parts_of(stream)))
    studio.speaking.speak_aloud(WORKSPACE, asked(output_format=output_format), stream, keep=keep)
    assert counts == heard
    assert len(parts_of(stream)) == 2
    stream.finish()
    assert len(parts_of(stream)) == 3
    assert find_items(studio, stream.history_item_id) is keep


@pytest.mark.parametrize(("output_format", "ready"), [("mp3_44100_128", True), ("wav_44100", False)])
def test_an_answer_may_begin_with_the_first_part_but_for_wav(
    watched: tuple[Studio, Watched], output_format: str, ready: bool
) -> None:
    """The head of a WAV file says how long it is."""
    studio, pool = watched
    stream = studio.speaking.open_stream()
    seen: list[bool] = []
    pool.after = lambda _: seen.append(stream.is_ready)
    studio.speaking.speak_aloud(WORKSPACE, asked(output_format=output_format), stream, keep=True)
    assert set(seen) == {ready}
    stream.finish()
    assert stream.is_ready


def test_a_listener_that_is_slow_keeps_nobody_waiting(studio: Studio) -> None:
    """The text is finished and kept before the first byte is read, and the bytes are still there."""
    stream = hear(studio)
    assert find_items(studio, stream.history_item_id)
    first = parts_of(stream)[0]
    del stream
    assert len(audio_of([first])) == first.size_bytes


def test_the_bytes_are_gone_with_the_last_part(studio: Studio) -> None:
    """They are in a file that has no name any more, which is closed when nobody has any of it."""
    stream = hear(studio, keep=False)
    assert files(studio) == []
    (spool,) = {part.spool for part in parts_of(stream)}
    assert not spool._file.closed
    file = spool._file
    del stream, spool
    assert file.closed


def test_it_takes_no_memory(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither while it is made nor while it is read, but for a part: 60 MB of audio in less than twenty."""
    monkeypatch.setattr(reading, "MAX_SEGMENT_CHARACTERS", 200)
    tracemalloc.start()
    try:
        stream = hear(studio, asked("Nobody came. " * 800, "pcm_48000"), keep=False)
        size_bytes = sum(len(block) for part in parts_of(stream) for block in part.iterate_audio())
        _, peak_bytes = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert size_bytes > 59_000_000
    assert peak_bytes < 20_000_000


# What goes wrong


def failing(monkeypatch: pytest.MonkeyPatch, error: BaseException, *calls: int) -> list[int]:
    """Let the tone fail at some of its calls; their count as it grows."""
    synthesize, count = ToneEngine.synthesize, [0]

    def fail(self, text, **rest):  # type: ignore[no-untyped-def]
        count[0] += 1
        if count[0] in calls:
            raise error
        return synthesize(self, text, **rest)

    monkeypatch.setattr(ToneEngine, "synthesize", fail)
    return count


def irreproducible(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the tone be an engine that says nothing twice alike, and say so."""
    synthesize, readings = ToneEngine.synthesize, iter(range(1, 100))

    def other_each_time(self, text, **rest):  # type: ignore[no-untyped-def]
        speech = synthesize(self, text, **rest)
        return replace(speech, samples=speech.samples // next(readings))

    traits = EngineTraits("tone", "1", reproducible=False, max_characters=2_000)
    monkeypatch.setattr(ToneEngine, "synthesize", other_each_time)
    monkeypatch.setattr(ToneEngine, "traits", property(lambda _: traits))


@pytest.mark.parametrize("keep", [True, False])
@pytest.mark.parametrize("error", [TextRefused("no"), UnknownVoice("no"), EngineFailed("died")])
def test_an_error_before_the_first_part_leaves_nothing(
    studio: Studio, monkeypatch: pytest.MonkeyPatch, error: Exception, keep: bool
) -> None:
    """Nothing is heard, nothing kept, and no file is left."""
    failing(monkeypatch, error, *range(1, 20))
    stream = studio.speaking.open_stream()
    with pytest.raises(type(error)):
        studio.speaking.speak_aloud(WORKSPACE, asked(), stream, keep=keep)
    stream.fail(error)
    with pytest.raises(type(error)):
        assert stream.is_ready
    assert not find_items(studio, stream.history_item_id)
    assert files(studio) == []


def test_an_error_behind_the_first_part_ends_it(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was made is heard no further, and nothing is kept."""
    failing(monkeypatch, TextRefused("no"), 2)
    stream = studio.speaking.open_stream()
    with pytest.raises(TextRefused) as refused:
        studio.speaking.speak_aloud(WORKSPACE, asked(), stream, keep=True)
    assert len(parts_of(stream)) == 1
    stream.fail(refused.value)
    with pytest.raises(TextRefused):
        stream.find_part(1)
    assert not find_items(studio, stream.history_item_id)
    assert files(studio) == []


@pytest.mark.parametrize("output_format", ["mp3_44100_128", "wav_44100"])
def test_a_dead_engine_is_begun_again_where_it_says_the_same(
    studio: Studio, monkeypatch: pytest.MonkeyPatch, output_format: str
) -> None:
    """What was heard before is the beginning of what is kept, and isn't heard twice."""
    count = failing(monkeypatch, EngineFailed("died"), 2)
    stream = hear(studio, asked(output_format=output_format), keep=False)
    assert count[0] == 1 + 3 + 1
    monkeypatch.undo()
    again = hear(studio, asked(output_format=output_format))
    assert stream.head + audio_of(parts_of(stream)) == again.head + audio_of(parts_of(again))


def test_an_engine_that_says_it_otherwise_is_not_begun_again(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where somebody has heard the first part already; a text of which nothing was heard is tried again."""
    irreproducible(monkeypatch)
    count = failing(monkeypatch, EngineFailed("died"), 2, 4)
    stream = studio.speaking.open_stream()
    with pytest.raises(EngineFailed):
        studio.speaking.speak_aloud(WORKSPACE, asked(), stream, keep=True)
    assert count == [2]
    assert find_items(studio, hear(studio, asked(output_format="wav_44100")).history_item_id)


class Overtaken(Watched):
    """A pool that lets something happen between making a stream and keeping it, once."""

    meanwhile: Callable[[], object] | None = None

    def speak_aloud(
        self, job: SpeakJob, audio_keys: Sequence[bytes] | None, spool: Path, tell: Tell
    ) -> KeptStream | None:
        made = super().speak_aloud(job, audio_keys, spool, tell)
        happening, self.meanwhile = self.meanwhile, None
        if happening is not None:
            happening()
        return made


@pytest.mark.parametrize("reproducible", [True, False])
def test_who_is_overtaken_keeps_what_was_heard_or_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, reproducible: bool
) -> None:
    """Two at once have the same text spoken: the second is made of the first one's speech, if it sounds the same."""
    if not reproducible:
        irreproducible(monkeypatch)
    pool = Overtaken()
    with open_studio(tmp_path, pool) as studio:
        first: list[SpeechStream] = []
        pool.meanwhile = lambda: first.append(hear(studio))
        stream = studio.speaking.open_stream()
        if reproducible:
            studio.speaking.speak_aloud(WORKSPACE, asked(), stream, keep=True)
            stream.finish()
            assert kept(studio, stream) == kept(studio, first[0])
            assert kept(studio, stream).endswith(audio_of(parts_of(stream)))
        else:
            with pytest.raises(EngineFailed, match="in another way"):
                studio.speaking.speak_aloud(WORKSPACE, asked(), stream, keep=True)
            assert not find_items(studio, stream.history_item_id)
        assert check_storage(studio.records, studio.blobs).problems == ()


@pytest.mark.parametrize("keep", [True, False])
def test_what_nobody_waits_for_is_not_begun(
    studio: Studio, monkeypatch: pytest.MonkeyPatch, keep: bool
) -> None:
    """And leaves nothing."""
    count = failing(monkeypatch, TextRefused("no"))
    with pytest.raises(Withdrawn):
        studio.speaking.speak_aloud(
            WORKSPACE, asked(), studio.speaking.open_stream(), keep=keep, is_wanted=lambda: False
        )
    assert (count, files(studio)) == ([0], [])


def test_what_is_begun_is_finished_for_nobody(watched: tuple[Studio, Watched]) -> None:
    """Its client has paid for it, and finds it in the history."""
    studio, pool = watched
    gone = threading.Event()
    pool.after = lambda _: gone.set()
    stream = studio.speaking.open_stream()
    studio.speaking.speak_aloud(WORKSPACE, asked(), stream, keep=True, is_wanted=lambda: not gone.is_set())
    assert gone.is_set()
    assert find_items(studio, stream.history_item_id)


def test_unknown_voices_are_refused_before_a_turn(studio: Studio) -> None:
    """Whether anything is kept or not."""
    for keep in (True, False):
        request = replace(asked(), voice_id=VoiceId("nobody"))
        with pytest.raises(UnknownVoice):
            studio.speaking.speak_aloud(WORKSPACE, request, studio.speaking.open_stream(), keep=keep)


# Processes


@pytest.fixture
def processes(tmp_path: Path) -> Iterator[tuple[Studio, RenderPool]]:
    pool = RenderPool(1)
    try:
        with open_studio(tmp_path / "processes", pool) as studio:
            yield studio, pool
    finally:
        pool.stop()


def test_a_process_tells_of_each_part(studio: Studio, processes: tuple[Studio, RenderPool]) -> None:
    """It is the same that is heard of this process, and others hear it while it works."""
    there, _ = processes
    stream = there.speaking.open_stream()
    begun = threading.Event()
    stream.when_changed(begun.set)
    with ThreadPoolExecutor(1) as thread:
        request = asked(TEXT * 8, "pcm_44100")
        working = thread.submit(there.speaking.speak_aloud, WORKSPACE, request, stream, keep=True)
        assert begun.wait(WAIT_S)
        assert stream.is_ready
        assert not working.done()
        working.result(WAIT_S)
    stream.finish()
    assert audio_of(parts_of(stream)) == audio_of(parts_of(hear(studio, request)))


def test_a_process_that_dies_is_replaced_while_it_is_heard(processes: tuple[Studio, RenderPool]) -> None:
    """The next one begins again, and whoever listens notices nothing."""
    studio, pool = processes
    expected = audio_of(parts_of(hear(studio, asked(TEXT * 3))))
    assert pool._executor is not None
    (process,) = pool._executor._processes.values()
    stream = studio.speaking.open_stream()
    stream.when_changed(process.kill)
    studio.speaking.speak_aloud(WORKSPACE, asked(TEXT * 3), stream, keep=False)
    stream.finish()
    assert not process.is_alive()
    assert audio_of(parts_of(stream)) == expected
    assert files(studio) == [path for path in files(studio) if path.suffix == ".pack"]


def test_an_error_in_a_process_comes_out_here(processes: tuple[Studio, RenderPool]) -> None:
    """As itself, and the process goes on to work."""
    studio, _ = processes
    request = replace(asked(), voice_id=VoiceId("tone_low"))
    stream = studio.speaking.open_stream()

    def refuse() -> None:
        raise TextRefused("nobody listens")

    stream.when_changed(refuse)
    with pytest.raises(TextRefused, match="nobody listens"):
        studio.speaking.speak_aloud(WORKSPACE, request, stream, keep=True)
    assert not find_items(studio, stream.history_item_id)
    assert find_items(studio, hear(studio, request).history_item_id)
