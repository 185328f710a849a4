"""How often a server is asked, by all processes together."""

import json
import multiprocessing
import threading
import time
from pathlib import Path

import pytest

from rhapsode.engines.openai.settings import OpenAiSettings
from rhapsode.engines.remote.gate import Gate, ServerAwayError
from rhapsode.engines.remote.shared_state import Known, SharedState
from rhapsode.engines.remote.slots import Slots
from rhapsode.studio.errors import EngineFailed

URL = "http://127.0.0.1:9"


def gate(folder: Path, **settings: object) -> Gate:
    return Gate(folder, OpenAiSettings.model_validate({"url": URL, **settings}))


def test_so_many_pass_at_once(tmp_path: Path) -> None:
    """Threads with slots of their own, as processes have, never hold more than there are."""
    held, most, lock = 0, 0, threading.Lock()

    def work() -> None:
        nonlocal held, most
        with Slots(tmp_path, 2).hold(wait_s=10) as has_place:
            assert has_place
            with lock:
                held += 1
                most = max(most, held)
            time.sleep(0.03)
            with lock:
                held -= 1

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == 2


def _hold(folder: Path, holds: "multiprocessing.synchronize.Event") -> None:
    with Slots(folder, 1).hold(wait_s=10):
        holds.set()
        time.sleep(60)


def test_a_process_that_is_killed_leaves_its_place(tmp_path: Path) -> None:
    """The lock is the system's: as long as the process lives nobody else has it, and afterwards anybody."""
    context = multiprocessing.get_context("fork")
    holds = context.Event()
    process = context.Process(target=_hold, args=(tmp_path, holds))
    process.start()
    assert holds.wait(10)
    with Slots(tmp_path, 1).hold(wait_s=0) as has_place:
        assert not has_place
    process.kill()
    process.join()
    with Slots(tmp_path, 1).hold(wait_s=10) as has_place:
        assert has_place


def test_so_many_begin_in_a_minute(tmp_path: Path) -> None:
    """Of two gates, as of two processes, every second request begins after the first one's share of a minute."""
    first_at_s, began_at_s = time.monotonic(), []
    for each in [gate(tmp_path, requests_per_minute=600), gate(tmp_path, requests_per_minute=600)] * 2:
        with each.passed():
            began_at_s.append(time.monotonic())
    # Not from one to the next: who is woken late shortens the pause of the next one.
    assert all(at_s - first_at_s > 0.1 * number - 0.01 for number, at_s in enumerate(began_at_s))


def test_who_is_refused_makes_all_others_wait(tmp_path: Path) -> None:
    """What a server says to one process holds for the next request of any."""
    gate(tmp_path).refused(0.2)
    began_at_s = time.monotonic()
    with gate(tmp_path).passed():
        assert time.monotonic() - began_at_s > 0.1


def test_who_asks_to_be_left_alone_for_long_is(tmp_path: Path) -> None:
    """Nobody is kept waiting for a minute: whoever asks is told, by any process."""
    gate(tmp_path).refused(60)
    with pytest.raises(ServerAwayError, match="another 60 s"), gate(tmp_path).passed():
        pass


def test_a_clock_that_was_set_back_keeps_nobody_waiting(tmp_path: Path) -> None:
    """Moments that are too far away to be true are over."""
    with SharedState(tmp_path).changed() as known:
        known.next_at_s = known.busy_until_s = time.time() + 3_600
    began_at_s = time.monotonic()
    with gate(tmp_path, requests_per_minute=600).passed():
        assert time.monotonic() - began_at_s < 1


def test_a_server_that_is_away_is_not_asked(tmp_path: Path) -> None:
    """Five failures of one process shut the gate for another, at once and with the reason."""
    first = gate(tmp_path)
    for _ in range(5):
        first.failed("it was refused")
    with pytest.raises(ServerAwayError, match="it was refused"), gate(tmp_path).passed():
        pass
    first.answered(characters=10, audio_ms=5)
    with gate(tmp_path).passed():
        pass


def test_what_is_asked_is_counted(tmp_path: Path) -> None:
    """Requests, failures, repetitions, characters, sound and what they cost, whichever process asks."""
    for _ in range(2):
        each = gate(tmp_path, price_per_1000=0.3)
        with each.passed():
            each.answered(characters=500, audio_ms=4_000)
    each.failed("late")
    each.repeated()
    counters = SharedState(tmp_path).read().counters
    assert (counters.requests, counters.failures, counters.retries) == (2, 1, 1)
    assert (counters.characters, counters.audio_ms) == (1_000, 8_000)
    assert counters.cost == pytest.approx(0.3)


@pytest.mark.parametrize(
    "content", ["", "{", "[]", '{"circuit": 1}', json.dumps({"circuit": {"failures": 1}})]
)
def test_a_damaged_file_is_none(tmp_path: Path, content: str) -> None:
    """Everybody begins anew, and the file is whole again."""
    (tmp_path / "state.json").write_text(content)
    assert SharedState(tmp_path).read() == Known()
    gate(tmp_path).repeated()
    assert SharedState(tmp_path).read().counters.retries == 1


def test_speech_is_not_lost_where_a_note_cant_be_kept(tmp_path: Path) -> None:
    """Somebody may have paid for it, and would pay again."""
    (tmp_path / "file").write_text("")
    unwritable = gate(tmp_path / "file")
    unwritable.answered(characters=10, audio_ms=5)
    unwritable.failed("late")
    assert SharedState(tmp_path / "file").read() == Known()


def test_a_folder_that_cant_be_written_is_named(tmp_path: Path) -> None:
    """With the setting that names another one."""
    (tmp_path / "file").write_text("")
    with pytest.raises(EngineFailed, match="RHAPSODE_ENGINE_STATE"), gate(tmp_path / "file").passed():
        pass
