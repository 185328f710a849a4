from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from tests.factories import TONE_LOW, WORKSPACE, Studio, ThisProcess, open_studio

from rhapsode.rendering.live_session import LiveSession, LiveSpeaking
from rhapsode.rendering.live_worker import LiveStretch
from rhapsode.rendering.render_jobs import KeptStream, SpeakJob
from rhapsode.rendering.script import SpeakRequest
from rhapsode.rendering.turns import Withdrawn, always
from rhapsode.storage import history, segments
from rhapsode.storage.speaking import list_abandoned
from rhapsode.studio.errors import EngineFailed
from rhapsode.studio.ids import new_id


class Failing(ThisProcess):
    """A pool whose process dies as often as it is told to, and that calls somebody before it speaks."""

    deaths = 0
    meanwhile: LiveSession | None = None

    def speak(self, job: SpeakJob, audio_keys: Sequence[bytes]) -> KeptStream:
        if self.deaths:
            self.deaths -= 1
            raise EngineFailed
        return super().speak(job, audio_keys)

    def speak_live(self, job: SpeakJob, *, keeps: bool) -> LiveStretch:
        if self.deaths:
            self.deaths -= 1
            raise EngineFailed
        other, self.meanwhile = self.meanwhile, None
        if other is not None:
            other.speak("One. ", is_wanted=always)
        return super().speak_live(job, keeps=keeps)


@pytest.fixture
def pool() -> Failing:
    return Failing(2)


@pytest.fixture
def studio(tmp_path: Path, pool: Failing) -> Iterator[Studio]:
    with open_studio(tmp_path, pool) as opened:
        yield opened


@pytest.fixture
def speaking(studio: Studio, pool: Failing) -> LiveSpeaking:
    return LiveSpeaking(studio.records, studio.blobs, pool)


def opened(speaking: LiveSpeaking, *, keep: bool = True) -> LiveSession:
    request = SpeakRequest("", TONE_LOW, "pcm_44100", "eleven_flash_v2_5", new_id())
    return speaking.open(WORKSPACE, request, keep=keep)


def test_the_item_refers_to_all_and_nothing_else_does(studio: Studio, speaking: LiveSpeaking) -> None:
    """What held the speech of the stretches until there was an item has let go of it."""
    session = opened(speaking)
    for text in ("One. ", "Two. ", "One. "):
        session.speak(text, is_wanted=always)
    item = session.finish()

    assert item is not None
    assert item.text == "One. Two. One. "
    with studio.records.read(WORKSPACE) as tx:
        parts = history.get_file_parts(tx, item.history_item_id, item.output_format)
        assert [part.text for part in parts] == ["One. ", "Two. ", "One. "]
        keys = {key for part in parts for key in (part.speech_key, part.segment_key) if key is not None}
        # Two texts, and three parts of the file.
        assert len(segments.find_segments(tx, keys)) == 5
        assert list_abandoned(tx, before_ms=2**47) == []


def test_the_first_reading_is_the_one_that_is_heard(speaking: LiveSpeaking, pool: Failing) -> None:
    """Where somebody speaks the same text meanwhile, it isn't kept twice, and both have an item."""
    session = opened(speaking)
    other = pool.meanwhile = opened(speaking)
    pieces = session.speak("One. ", is_wanted=always)

    assert len(pieces) == 1
    assert session.finish() is not None
    assert other.finish() is not None


def test_an_engine_may_die_twice(speaking: LiveSpeaking, pool: Failing) -> None:
    """And the client hears nothing of it; a third time, what was spoken before is kept."""
    session = opened(speaking)
    pool.deaths = 2
    session.speak("One. ", is_wanted=always)
    pool.deaths = 3
    with pytest.raises(EngineFailed):
        session.speak("Two. ", is_wanted=always)

    item = session.finish()
    assert item is not None
    assert item.text == "One. "


def test_it_may_die_at_the_end_too(speaking: LiveSpeaking, pool: Failing) -> None:
    """Another text's fault must not cost all that was heard."""
    session = opened(speaking)
    session.speak("One. ", is_wanted=always)
    pool.deaths = 2

    assert session.finish() is not None


def test_what_nobody_waits_for_is_no_part(studio: Studio, speaking: LiveSpeaking) -> None:
    """It isn't spoken, and there is no item of nothing."""
    session = opened(speaking)
    with pytest.raises(Withdrawn):
        session.speak("One. ", is_wanted=lambda: False)

    assert session.finish() is None
    with studio.records.read(WORKSPACE) as tx:
        assert history.list_files(tx) == []
        assert list_abandoned(tx, before_ms=2**47) == []


def test_what_isnt_kept_sounds_the_same(studio: Studio, speaking: LiveSpeaking) -> None:
    """Before and after it was spoken by somebody who keeps it."""
    kept, before = (opened(speaking, keep=keep) for keep in (True, False))
    sounds = [session.speak("One. ", is_wanted=always) for session in (before, kept)]
    sounds.append(opened(speaking, keep=False).speak("One. ", is_wanted=always))

    assert sounds[0] == sounds[1] == sounds[2]
    assert before.finish() is None
