"""Readiness: what is looked at, how often, and what is told of it."""

import asyncio
import threading
from pathlib import Path

import pytest

from rhapsode.storage.answering import check_blobs, check_space
from rhapsode.storage.local import LocalBlobs
from rhapsode.storage.room import Room
from rhapsode.telemetry import readiness as module
from rhapsode.telemetry.readiness import Look, NotReady, Readiness


def well() -> str:
    return "Well."


def test_one_thing_that_is_missing_is_enough() -> None:
    """It is told which, in the words that are meant for everybody; other words stay in the log."""

    def missing() -> str:
        msg = "It is missing."
        raise NotReady(msg)

    def broken() -> str:
        msg = "/home/somebody/secret"
        raise OSError(msg)

    readiness = Readiness({"a": well, "b": missing, "c": broken})
    report = asyncio.run(readiness.look())
    readiness.stop()

    assert not report.is_ready
    assert report.looks["a"] == Look("ok", "Well.")
    assert report.looks["b"] == Look("failed", "It is missing.")
    assert report.looks["c"].state == "failed"
    assert "secret" not in report.looks["c"].reason


def test_a_look_is_good_for_a_second() -> None:
    """Many may ask; what is cached is forgotten then, and a drain is told at once."""
    now_s, count = [100.0], [0]

    def counted() -> str:
        count[0] += 1
        return "Well."

    async def ask() -> None:
        readiness = Readiness({"a": counted}, clock_s=lambda: now_s[0])
        assert [(await readiness.look()).is_ready for _ in range(3)] == [True] * 3
        assert count[0] == 1
        now_s[0] += 1.1
        assert (await readiness.look()).is_ready
        assert count[0] == 2
        readiness.drain()
        report = await readiness.look()
        assert not report.is_ready
        assert report.looks["a"].state == "ok"
        assert count[0] == 2
        readiness.stop()

    asyncio.run(ask())


def test_what_hangs_is_told_and_waited_for_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk that is gone keeps one thread, however often it is asked for, and is well again when it answers."""
    monkeypatch.setattr(module, "_PATIENCE_S", 0.01)
    monkeypatch.setattr(module, "_GOOD_FOR_S", 0.0)
    answer, count = threading.Event(), [0]

    def hang() -> str:
        count[0] += 1
        answer.wait(30)
        return "Well."

    async def ask() -> None:
        readiness = Readiness({"a": hang})
        reports = [await readiness.look() for _ in range(3)]
        assert {report.looks["a"].reason for report in reports} == {"There was no answer in 0.01 s."}
        assert count[0] == 1
        answer.set()
        while not (await readiness.look()).is_ready:
            await asyncio.sleep(0.01)
        readiness.stop()

    asyncio.run(ask())


def test_a_disk_has_room_or_not(tmp_path: Path) -> None:
    """As much as is to stay free, or it isn't ready: new audio would be refused."""
    assert check_space(Room([tmp_path], 0)) == "The disk has room."
    with pytest.raises(NotReady, match="less room"):
        check_space(Room([tmp_path], 2**60))


def test_packs_that_cannot_be_reached_are_told(tmp_path: Path) -> None:
    """Where a file is in the way of the store, or it isn't there any more."""
    place = tmp_path / "blobs"
    assert check_blobs(LocalBlobs(place)) == "Packs can be read and written."
    (place / ".temporary").rmdir()
    (place / ".temporary").write_bytes(b"")
    with pytest.raises((OSError, NotReady)):
        check_blobs(LocalBlobs(place))
