"""The engine and the child it keeps: plain text, crashes, hangs, threads, and what is left behind."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress

import numpy as np
import psutil
import pytest

from rhapsode.engines.engine import Speech
from rhapsode.engines.espeak import EspeakEngine
from rhapsode.studio.errors import EngineFailed, TextRefused
from rhapsode.studio.voice import Voice, VoiceSettings

pytestmark = pytest.mark.slow

TEXT = "The old house stands by the river, and nobody lives there any more."
LONG = ("It was the first time that anybody had come so far. " * 40)[:2000]


def speak(
    engine: EspeakEngine, voice: Voice, text: str = TEXT, language: str = "en-US", **settings: float
) -> Speech:
    return engine.synthesize(text, voice=voice, language=language, settings=VoiceSettings(**settings))  # type: ignore[arg-type]


def speak_often(engine: EspeakEngine, voice: Voice) -> None:
    for _ in range(100):
        speak(engine, voice, LONG)


def same(one: Speech, other: Speech) -> bool:
    return bool(np.array_equal(one.samples, other.samples)) and one.alignment == other.alignment


def process_of(engine: EspeakEngine) -> psutil.Process:
    assert engine.process_id is not None
    return psutil.Process(engine.process_id)


@contextmanager
def meanwhile(action: Callable[[], bool]) -> Iterator[None]:
    """Call `action` again and again in another thread until it returns True or the block ends."""
    over = threading.Event()

    def repeat() -> None:
        while not over.is_set() and not action():
            time.sleep(0.0005)

    thread = threading.Thread(target=repeat)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def kill(process: psutil.Process) -> bool:
    try:
        process.kill()
    except psutil.NoSuchProcess:
        return False
    return True


def forks_of(child: psutil.Process) -> list[psutil.Process]:
    """Those that speak at this moment: forks of its readers."""
    forks = []
    for reader in child.children():
        with suppress(psutil.NoSuchProcess):
            forks += reader.children()
    return forks


def kill_fork(engine: EspeakEngine) -> bool:
    forks = forks_of(process_of(engine))
    return bool(forks) and kill(forks[0])


def kill_child(engine: EspeakEngine) -> bool:
    process_id = engine.process_id
    if process_id is not None:
        with suppress(psutil.NoSuchProcess):
            kill(psutil.Process(process_id))
    return False


@pytest.mark.parametrize(
    "text", ["[[h@l'oU]]", "<b>hello</b>", "&amp;", "a < b > c", "<mark name='x'/> hello"]
)
def test_markup_in_the_text_is_spoken_and_nothing_is_lost(
    engine: EspeakEngine, alder: Voice, text: str
) -> None:
    """Every letter of what looks like phonemes or tags is heard."""
    boundaries = speak(engine, alder, text).alignment.boundaries

    assert all(boundaries[i] < boundaries[i + 1] for i, character in enumerate(text) if character.isalpha())


def test_phoneme_brackets_do_not_become_phonemes(engine: EspeakEngine, alder: Voice) -> None:
    """Spelled out, the phonemes of "hello" take much longer than the word."""
    spelled, word = (speak(engine, alder, text) for text in ("[[h@l'oU]]", "hello"))

    assert len(spelled.samples) > 2 * len(word.samples)


def test_control_characters_are_spaces(engine: EspeakEngine, alder: Voice) -> None:
    """U+0001 begins a command of espeak's, and NUL would end the text; neither does here."""
    assert same(
        speak(engine, alder, "Well \x0180S hello\x00 there."), speak(engine, alder, "Well  80S hello  there.")
    )


def test_the_longest_text_is_spoken_whole_and_a_longer_one_refused(
    engine: EspeakEngine, alder: Voice
) -> None:
    """2,000 characters are spoken to the last word; one more is refused."""
    speech = speak(engine, alder, LONG)

    assert speech.alignment.character_count == 2000
    assert speech.alignment.boundaries[1990] > 0.98 * len(speech.samples)
    with pytest.raises(TextRefused):
        speak(engine, alder, LONG + "x")


def test_half_a_surrogate_pair_is_refused(engine: EspeakEngine, alder: Voice) -> None:
    """What is no text is named as such, with its place."""
    with pytest.raises(TextRefused, match="character 2"):
        speak(engine, alder, "ab\ud800")


@pytest.mark.parametrize("text", [" ", "—", "...", "\n\n", "“”", "\u200b", "\u3000"])
def test_nothing_to_say_is_a_short_silence(engine: EspeakEngine, alder: Voice, text: str) -> None:
    """Such a text still has speech and an alignment."""
    speech = speak(engine, alder, text)

    assert len(speech.samples) < 22_050
    assert not speech.samples.any()
    assert speech.alignment.character_count == len(text)


def test_only_speed_changes_the_sound(engine: EspeakEngine, alder: Voice) -> None:
    """Faster is shorter; what espeak has no notion of changes no byte."""
    plain = speak(engine, alder)
    other = VoiceSettings(stability=0.1, similarity_boost=0.2, style=0.9, use_speaker_boost=False)

    assert same(plain, engine.synthesize(TEXT, voice=alder, language="en-US", settings=other))
    assert len(speak(engine, alder, speed=1.2).samples) < 0.9 * len(plain.samples)
    assert len(speak(engine, alder, speed=0.7).samples) > 1.2 * len(plain.samples)


def test_any_engine_gives_the_same_bytes_for_the_same_text(engine: EspeakEngine, alder: Voice) -> None:
    """A second engine that has spoken other languages, and one without fork, agree with the first."""
    other, without_fork = EspeakEngine(), EspeakEngine(once=True)
    first = speak(engine, alder)
    for language in ("de", "zh", "ru"):
        speak(other, alder, "Nein! 好 Да", language)

    assert same(speak(other, alder), first)
    assert same(speak(without_fork, alder), first)
    assert same(speak(without_fork, alder), first)
    assert without_fork.process_id is None
    other.close()


def test_every_voice_says_the_same_in_every_process(engine: EspeakEngine) -> None:
    """Breath too, which some voices have, and which is noise."""
    other = EspeakEngine()
    time.sleep(1.1)  # seeds that come from the clock change with the second
    voices = engine.list_voices()

    assert [voice.name for voice in voices if not same(speak(engine, voice), speak(other, voice))] == []
    other.close()


def test_a_crash_while_speaking_costs_one_text(engine: EspeakEngine, alder: Voice) -> None:
    """A fork that is killed is an error for its text; the child goes on with the next."""
    expected = speak(engine, alder)
    child = engine.process_id

    with meanwhile(lambda: kill_fork(engine)), pytest.raises(EngineFailed, match="ended while it spoke"):
        speak_often(engine, alder)

    assert same(speak(engine, alder), expected)
    assert engine.process_id == child


def test_a_reader_that_is_killed_is_replaced(engine: EspeakEngine, alder: Voice) -> None:
    """It costs one text, and the next one in its voice sounds the same."""
    expected = speak(engine, alder)
    child = process_of(engine)
    (reader,) = child.children()
    reader.kill()

    with pytest.raises(EngineFailed, match="ended while it spoke"):
        speak(engine, alder)

    assert same(speak(engine, alder), expected)
    assert engine.process_id == child.pid
    assert reader not in child.children()


def test_every_voice_has_its_reader_and_only_so_many_wait(engine: EspeakEngine, alder: Voice) -> None:
    """The least lately used one ends when there are too many; whoever speaks in between, the bytes are the same."""
    speeds = [0.7 + number / 100 for number in range(20)]
    expected = [speak(engine, alder, speed=speed) for speed in speeds]
    child = process_of(engine)

    assert len(child.children()) == 16
    assert all(
        same(speak(engine, alder, speed=speed), was) for speed, was in zip(speeds, expected, strict=True)
    )
    readers = child.children()
    engine.close()
    assert all(gone(reader.pid, within_s=5) for reader in readers)


def test_a_text_that_takes_too_long_is_cut_off(alder: Voice) -> None:
    """The fork is killed at the limit, the child goes on, and no fork is left."""
    engine = EspeakEngine(wall_s=0.01)

    with pytest.raises(EngineFailed, match="longer than 10 ms"):
        speak(engine, alder, LONG)

    assert process_of(engine).is_running()
    assert forks_of(process_of(engine)) == []
    engine.close()


@pytest.mark.slow
def test_a_child_that_hangs_is_killed(alder: Voice, monkeypatch: pytest.MonkeyPatch) -> None:
    """A child that has stopped is ended a moment after the limit, and the next text gets a new one."""
    monkeypatch.setattr("rhapsode.engines.espeak.child._GRACE_S", 0.2)
    engine = EspeakEngine(wall_s=1)
    expected = speak(engine, alder)
    process_of(engine).suspend()

    with pytest.raises(EngineFailed, match="in time"):
        speak(engine, alder)

    assert same(speak(engine, alder), expected)
    engine.close()


def test_a_child_killed_between_texts_is_replaced(engine: EspeakEngine, alder: Voice) -> None:
    """The next text starts another child and sounds the same."""
    expected = speak(engine, alder)
    killed = engine.process_id
    process_of(engine).kill()

    assert same(speak(engine, alder), expected)
    assert engine.process_id != killed


def test_a_child_killed_while_speaking_is_replaced_once(engine: EspeakEngine, alder: Voice) -> None:
    """The text in flight is spoken by the next child."""
    expected = speak(engine, alder, LONG)
    child = process_of(engine)
    busy_fork_seen = threading.Event()

    def kill_when_busy() -> bool:
        if forks_of(child):
            busy_fork_seen.set()
            return kill(child)
        return False

    with meanwhile(kill_when_busy):
        assert same(speak(engine, alder, LONG), expected)

    assert busy_fork_seen.is_set()
    assert engine.process_id != child.pid


def prepare(engine: EspeakEngine, voice: Voice, text: str) -> None:
    engine.prepare(text, voice=voice, language="en-US", settings=VoiceSettings())


def test_what_a_killed_child_had_begun_is_spoken_by_the_next(engine: EspeakEngine, alder: Voice) -> None:
    """Whether it dies before it is asked, or has died when something is to be begun."""
    expected = speak(engine, alder)
    prepare(engine, alder, TEXT)
    process_of(engine).kill()
    assert same(speak(engine, alder), expected)

    process_of(engine).kill()
    process_of(engine).wait()
    prepare(engine, alder, TEXT)
    assert same(speak(engine, alder), expected)


def test_a_child_speaks_while_nobody_waits(engine: EspeakEngine, alder: Voice) -> None:
    """What was prepared is there when it is asked for, though the child can't do anything any more."""
    expected = speak(engine, alder, LONG)
    child = process_of(engine)
    (reader,) = child.children()
    spoken_s = reader.cpu_times().children_user
    prepare(engine, alder, LONG)
    deadline = time.monotonic() + 10
    while reader.cpu_times().children_user == spoken_s:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    time.sleep(1)  # the answer is on its way
    child.suspend()
    reader.suspend()
    try:
        assert same(speak(engine, alder, LONG), expected)
    finally:
        reader.resume()
        child.resume()


def test_a_child_that_keeps_dying_is_a_failure(engine: EspeakEngine, alder: Voice) -> None:
    """After the second child has died the engine gives up, and works again once they live."""
    with meanwhile(lambda: kill_child(engine)), pytest.raises(EngineFailed, match="twice"):
        speak_often(engine, alder)

    assert len(speak(engine, alder).samples) > 0


def test_engines_in_threads_do_not_mix(alder: Voice) -> None:
    """Four engines at once give what one gives alone."""
    texts = [f"Number {n}. {TEXT}" for n in range(12)]
    alone = EspeakEngine()
    expected = [speak(alone, alder, text) for text in texts]
    alone.close()

    def three(start: int) -> list[Speech]:
        engine = EspeakEngine()
        try:
            return [speak(engine, alder, text) for text in texts[start : start + 3]]
        finally:
            engine.close()

    with ThreadPoolExecutor(4) as pool:
        found = [speech for part in pool.map(three, (0, 3, 6, 9)) for speech in part]

    assert all(map(same, found, expected))


def test_closing_gives_everything_back(alder: Voice) -> None:
    """After `close`, also when the child was dead, no descriptor, thread or process is left."""
    this = psutil.Process()
    before = (this.num_fds(), threading.active_count(), this.children())
    for ended_by_itself in (False, True, False):
        engine = EspeakEngine()
        speak(engine, alder)
        if ended_by_itself:
            process_of(engine).kill()
        engine.close()
        engine.close()

    assert (this.num_fds(), threading.active_count(), this.children()) == before


def test_an_engine_that_is_forgotten_ends_its_child(alder: Voice) -> None:
    """Without `close` the child ends with the last reference."""
    engine = EspeakEngine()
    speak(engine, alder)
    child = process_of(engine)
    del engine

    assert not child.is_running()


@pytest.mark.parametrize("ending", ["sys.exit()", "os.kill(os.getpid(), signal.SIGKILL)"])
def test_the_child_ends_with_its_parent(ending: str) -> None:
    """Whether the parent ends orderly or is killed, its child is soon gone."""
    code = (
        "import os, signal, sys\n"
        "from rhapsode.engines.registry import get_engine\n"
        "from rhapsode.studio.voice import VoiceSettings\n"
        "engine = get_engine('espeak')\n"
        "voice = engine.list_voices()[0]\n"
        "engine.synthesize('Yes.', voice=voice, language='en-US', settings=VoiceSettings())\n"
        f"print(engine.process_id, flush=True)\n{ending}\n"
    )

    done = subprocess.run([sys.executable, "-c", code], stdout=subprocess.PIPE, check=False, timeout=60)

    assert done.returncode in (0, -signal.SIGKILL)
    assert gone(int(done.stdout), within_s=10)


def gone(process_id: int, *, within_s: float) -> bool:
    deadline = time.monotonic() + within_s
    while time.monotonic() < deadline:
        try:
            if psutil.Process(process_id).status() == psutil.STATUS_ZOMBIE:
                return True
        except psutil.NoSuchProcess:
            return True
        time.sleep(0.01)
    return False


def test_an_interrupt_from_the_keyboard_leaves_the_child_to_its_parent(
    engine: EspeakEngine, alder: Voice
) -> None:
    """Ctrl-C reaches the child too; it goes on until the parent has decided."""
    expected = speak(engine, alder)
    child = engine.process_id
    assert child is not None
    os.kill(child, signal.SIGINT)

    assert same(speak(engine, alder), expected)
    assert engine.process_id == child
