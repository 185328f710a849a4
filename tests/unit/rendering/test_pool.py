"""Real processes that speak, and what becomes of jobs when they die."""

import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest
from structlog.contextvars import bound_contextvars, get_contextvars
from tests.factories import TONE_LOW, WORKSPACE, engine_voices
from tests.waiting import wait_until

from rhapsode.audio.encoding import MP3_128
from rhapsode.rendering.draft import SpeechRequest
from rhapsode.rendering.peaks_worker import find_peaks
from rhapsode.rendering.plan import SegmentRequest
from rhapsode.rendering.pool import RenderPool
from rhapsode.rendering.render_jobs import PeaksJob, PeaksRequest, RenderJob
from rhapsode.rendering.turns import Withdrawn
from rhapsode.rendering.worker import render
from rhapsode.storage.local import LocalBlobs
from rhapsode.storage.packed import AudioMeta, PackedSegment
from rhapsode.studio.errors import EngineFailed, UnknownVoice
from rhapsode.studio.ids import VoiceId
from rhapsode.telemetry.logs import configured_level
from rhapsode.telemetry.metrics import CHILDREN_DIED, SPOKEN_CHARACTERS

pytestmark = pytest.mark.slow

WAIT_S = 20


@pytest.fixture
def blobs(tmp_path: Path) -> LocalBlobs:
    return LocalBlobs(tmp_path / "blobs")


@pytest.fixture
def pool() -> Iterator[RenderPool]:
    pool = RenderPool(1)
    yield pool
    pool.stop()


def job(blobs: LocalBlobs, *texts: str, voice_id: VoiceId = TONE_LOW) -> RenderJob:
    requests = [
        SegmentRequest(
            (1_000 + number).to_bytes(32, "big"),
            MP3_128.name,
            SpeechRequest(number.to_bytes(32, "big"), text, "tone", voice_id, "mul", {}),
        )
        for number, text in enumerate(texts)
    ]
    return RenderJob(WORKSPACE, blobs, requests, {}, engine_voices())


def peaks_request(segment: PackedSegment) -> PeaksRequest:
    assert isinstance(segment.meta, AudioMeta)
    return PeaksRequest(segment.key, segment.location, segment.meta.encoding, segment.meta.frame_count)


def workers() -> list[psutil.Process]:
    """The processes of this test's pool."""
    return [child for child in psutil.Process().children() if "spawn_main" in " ".join(child.cmdline())]


def ended(process: psutil.Process) -> bool:
    try:
        return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def test_a_job_is_done_in_another_process(pool: RenderPool, blobs: LocalBlobs, tmp_path: Path) -> None:
    """The result is what it would have been here, byte for byte, and so is what it logs."""
    result = pool.render(job(blobs, "One.", "Two."))
    with bound_contextvars(conversion_id="c1", slice=2):
        assert pool._run(get_contextvars) == {"conversion_id": "c1", "slice": 2}
    assert pool._run(get_contextvars) == {}
    assert pool._run(configured_level) == configured_level() == "debug"
    assert len(workers()) == 1
    assert result == render(job(LocalBlobs(tmp_path / "here"), "One.", "Two."))
    wanted = PeaksJob(blobs, [peaks_request(each) for each in result.packs[1].segments])
    assert pool.find_peaks(wanted) == find_peaks(wanted)


def test_a_process_that_renders_knows_no_sql() -> None:
    """Importing SQL takes a third of such a process's start, once for each core."""
    code = (
        "import rhapsode.rendering.speak_worker, rhapsode.rendering.worker, rhapsode.rendering.measure_worker\n"
        "import rhapsode.rendering.peaks_worker\n"
        "import sys; print('sqlalchemy' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


def test_an_error_comes_back_by_its_name(pool: RenderPool, blobs: LocalBlobs) -> None:
    """And with its segment; the process goes on to the next job; what was spoken there is counted here, once."""
    before = SPOKEN_CHARACTERS.values.get(("tone",), 0)
    failing = job(blobs, "One.", voice_id=VoiceId("gone"))
    with pytest.raises(UnknownVoice, match="gone") as error:
        pool.render(failing)
    assert error.value.segment_key == failing.requests[0].segment_key
    (worker,) = workers()
    assert pool.render(job(blobs, "One.")).finished_count == 1
    assert pool.render(job(blobs, "Two.")).finished_count == 1
    assert workers() == [worker]
    assert SPOKEN_CHARACTERS.values["tone",] == before + 8


def test_a_process_killed_between_jobs_costs_at_most_one(pool: RenderPool, blobs: LocalBlobs) -> None:
    """The job that finds it dead says so, and the next has a new process; the dead one is counted."""
    before = CHILDREN_DIED.values.get(("renderer",), 0)
    pool.render(job(blobs, "One."))
    (worker,) = workers()
    worker.kill()
    wait_until(lambda: ended(worker))
    with pytest.raises(EngineFailed):
        pool.render(job(blobs, "Two."))
    assert pool.render(job(blobs, "Two.")).finished_count == 1
    assert worker not in workers()
    assert CHILDREN_DIED.values["renderer",] == before + 1


def test_a_process_killed_at_work_fails_its_job(pool: RenderPool, blobs: LocalBlobs) -> None:
    """It fails at once, not after a while, and the next job then succeeds."""
    long = job(blobs, *(f"{number}: " + "a" * 1_900 for number in range(400)))
    pool.render(job(blobs, "One."))
    (worker,) = workers()
    with ThreadPoolExecutor(1) as threads:
        failing = threads.submit(pool.render, long)
        wait_until(lambda: any(blobs.temporary_directory().iterdir()))
        worker.send_signal(signal.SIGKILL)
        with pytest.raises(EngineFailed):
            failing.result(WAIT_S)
    assert pool.render(job(blobs, *["Two."] * 3)).finished_count == 3


def test_a_killed_process_costs_only_the_jobs_that_it_was_at(pool: RenderPool, blobs: LocalBlobs) -> None:
    """What waits for its turn has it with the next process, and loses no attempt."""
    long = job(blobs, *(f"{number}: " + "a" * 1_900 for number in range(400)))
    pool.render(job(blobs, "One."))
    (worker,) = workers()
    with ThreadPoolExecutor(4) as threads:
        failing = threads.submit(pool.render, long)
        wait_until(lambda: any(blobs.temporary_directory().iterdir()))
        others = [threads.submit(pool.render, job(blobs, f"Number {n}.")) for n in range(3)]
        wait_until(lambda: len(pool._turns._waiting) == 3)
        worker.kill()
        with pytest.raises(EngineFailed):
            failing.result(WAIT_S)
        assert [other.result(WAIT_S).finished_count for other in others] == [1] * 3


def test_a_killed_process_does_not_end_the_others_jobs_for_good(blobs: LocalBlobs) -> None:
    """Every job of the moment fails, may be tried again, and then succeeds, from any thread."""
    pool = RenderPool(2)
    jobs = [job(LocalBlobs(blobs.temporary_directory() / str(n)), f"Number {n}.") for n in range(8)]

    def persist(render_job: RenderJob) -> int:
        for _ in range(3):
            try:
                return pool.render(render_job).finished_count
            except EngineFailed:
                continue
        return 0

    try:
        pool.warm_up()
        wait_until(lambda: len(workers()) == 2)
        with ThreadPoolExecutor(8) as threads:
            counts = [threads.submit(persist, render_job) for render_job in jobs]
            workers()[0].kill()
            assert [count.result(2 * WAIT_S) for count in counts] == [1] * 8
    finally:
        pool.stop()


def test_a_terminals_interrupt_is_the_parents_to_handle(pool: RenderPool, blobs: LocalBlobs) -> None:
    """Ctrl-C reaches all processes of a terminal, and the children go on until they are told."""
    pool.render(job(blobs, "One."))
    (worker,) = workers()
    worker.send_signal(signal.SIGINT)
    assert pool.render(job(blobs, "Two.")).finished_count == 1
    assert workers() == [worker]


def test_stopping_ends_the_processes(pool: RenderPool, blobs: LocalBlobs) -> None:
    """It may be said twice, and a later job begins anew."""
    pool.render(job(blobs, "One."))
    (worker,) = workers()
    pool.stop()
    pool.stop()
    wait_until(lambda: ended(worker))
    assert pool.render(job(blobs, "Two.")).finished_count == 1


def test_stopping_dismisses_who_waits(pool: RenderPool, blobs: LocalBlobs) -> None:
    """A job that has not begun starts no new process behind the back of who stops the pool."""
    with ThreadPoolExecutor(1) as threads, pool.turn(character_count=1):
        waiting = threads.submit(pool.render, job(blobs, "One."))
        wait_until(lambda: len(pool._turns._waiting) == 1)
        pool.stop()
        with pytest.raises(Withdrawn):
            waiting.result(WAIT_S)
    assert workers() == []


PARENT = """
import sys, time
from pathlib import Path
import psutil
from rhapsode.rendering.pool import RenderPool
pool = RenderPool(2)
pool.warm_up()
while len(psutil.Process().children()) < 3:
    time.sleep(0.01)
time.sleep(float(sys.argv[1]))
print(*(child.pid for child in psutil.Process().children()), flush=True)
time.sleep(600)
"""


@pytest.mark.slow
@pytest.mark.parametrize("after_s", [0.0, 2.0])
def test_children_end_with_a_parent_that_is_killed(after_s: float) -> None:
    """Whether they wait for work or have only just begun, no process is left behind."""
    with subprocess.Popen(
        [sys.executable, "-c", PARENT, str(after_s)], stdout=subprocess.PIPE, stdin=subprocess.DEVNULL
    ) as parent:
        assert parent.stdout is not None
        children: Sequence[psutil.Process] = [
            psutil.Process(int(p)) for p in parent.stdout.readline().split()
        ]
        parent.kill()
        parent.wait()
    assert len(children) == 3
    wait_until(lambda: all(map(ended, children)))
