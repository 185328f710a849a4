"""Calls that fail: no space, a broken disk, no descriptors, short writes (bar R3)."""

import errno
import random
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from .checked import assert_sound
from .journey import VOICE, archive_of, ask
from .program import Nursery, Server
from .shim import Action, Control, Kind

_SPACE = Kind.WRITE_OPEN | Kind.WRITE | Kind.MAKE | Kind.RENAME | Kind.TRUNCATE
_OPENS = Kind.READ_OPEN | Kind.WRITE_OPEN
_LIMIT_S = 40
_POLL_S = 0.05
_CALLS = 260
"""About as many as a round makes of the kind of which there are the most."""
_SEED = 1


@dataclass(frozen=True)
class Fault:
    """What goes wrong. length: with so many calls; a disk stays full for a while."""

    name: str
    action: Action
    kinds: Kind
    error: int = 0
    length: int = 1


FAULTS = (
    Fault("ENOSPC for a while", Action.FAIL, _SPACE, errno.ENOSPC, 40),
    Fault("EIO of fsync", Action.FAIL, Kind.SYNC, errno.EIO),
    Fault("EMFILE", Action.FAIL, _OPENS, errno.EMFILE),
    Fault("ENOSPC", Action.FAIL, _SPACE, errno.ENOSPC),
    Fault("EDQUOT", Action.FAIL, _SPACE, errno.EDQUOT),
    Fault("EIO", Action.FAIL, _SPACE | Kind.SYNC | Kind.REMOVE, errno.EIO),
    Fault("EIO of reading", Action.FAIL, Kind.READ | Kind.READ_OPEN, errno.EIO),
    Fault("ENFILE for a while", Action.FAIL, _OPENS, errno.ENFILE, 5),
    Fault("short write", Action.SHORTEN, Kind.WRITE),
)


@dataclass
class Seen:
    """What came of it. answers: how often each status came while something failed."""

    points: int = 0
    hits: int = 0
    answers: Counter[int] = field(default_factory=Counter)

    def line(self) -> str:
        """The figures."""
        answers = ", ".join(f"{count} x {status}" for status, count in sorted(self.answers.items()))
        return (
            f"{self.points} points, {self.hits} calls failed ({answers}): every answer clear, everything right "
            "afterwards, without a restart; no fsync tried again"
        )


class Round:
    """Makes a small book, converts it, speaks a line and deletes it, and notes every answer."""

    def __init__(self, http: httpx.Client, number: int, seen: Seen) -> None:
        self._http = http
        self._number = number
        self._seen = seen
        self.project_id = ""

    def run(self) -> None:
        """All of it, whatever comes of each part."""
        text = f"Number {self._number} climbed without a word."
        form = {"name": "Tides", "default_title_voice_id": VOICE, "default_paragraph_voice_id": VOICE}
        files = {"from_document": ("tale.md", f"# The Hill\n\n{text}\n".encode())}
        created = self._ask("POST", "/v1/studio/projects", data=form, files=files)
        if created is not None:
            self.project_id = created.json()["project"]["project_id"]
            if self._ask("POST", f"/v1/studio/projects/{self.project_id}/convert") is not None:
                self.wait_for_end()
        spoken = self._ask("POST", f"/v1/text-to-speech/{VOICE}", json={"text": f"Line {self._number}."})
        if spoken is not None:
            self._ask("DELETE", f"/v1/history/{spoken.headers['history-item-id']}")

    def _ask(self, method: str, path: str, **options: object) -> httpx.Response | None:
        """The answer, where it is a good one; what says no says why, and by which request."""
        try:
            answer = self._http.request(method, path, **options)  # type: ignore[arg-type]
        except httpx.RemoteProtocolError:
            # The head of a stream had been sent.
            assert "text-to-speech" in path
            return None
        self._seen.answers[answer.status_code] += 1
        if answer.is_success:
            return answer
        detail = answer.json()["detail"]
        assert detail["message"], answer.text
        assert detail["request_id"], answer.text
        assert str(Path("/tmp")) + "/" not in detail["message"], answer.text
        return None

    def wait_for_end(self) -> bool:
        """Wait until the conversion isn't running any more; whether there is an archive."""
        until_s = time.monotonic() + _LIMIT_S
        while time.monotonic() < until_s:
            project = self._ask("GET", f"/v1/studio/projects/{self.project_id}")
            if project is not None and project.json()["state"] == "default":
                return bool(project.json()["can_be_downloaded"])
            time.sleep(_POLL_S)
        msg = "the conversion neither ended nor failed"
        raise AssertionError(msg)

    def assert_mended(self) -> None:
        """Now that nothing fails, the same server converts the book."""
        if not self.project_id:
            return
        if not self.wait_for_end():
            ask(self._http, "POST", f"/v1/studio/projects/{self.project_id}/convert")
            assert self.wait_for_end()
        archive_of(self._http, self.project_id)


def disturb(control: Control, http: httpx.Client, fault: Fault, call: int, seen: Seen) -> None:
    """Let a fault happen at a call of a round, and see that nothing of it is left afterwards."""
    seen.points += 1
    control.arm(fault.action, call, kinds=fault.kinds, error=fault.error, length=fault.length)
    taken = Round(http, seen.points, seen)
    try:
        taken.run()
        control.disarm()
        seen.hits += control["hits"]
        taken.assert_mended()
        assert control["resynced"] == 0, f"an fsync of {control.unsynced} that had failed was tried again"
    except AssertionError as error:
        msg = f"{fault.name} at call {call} (kind {Kind(control['hit_kind'])}): {error}"
        raise AssertionError(msg) from error


def disturb_often(nursery: Nursery, folder: Path, count: int) -> Seen:
    """So many points, spread over all faults and all calls, with one server."""
    chance, seen = random.Random(_SEED), Seen()
    data = folder / "data"
    nursery.control.begin(data)
    server = nursery.serve(data)
    with server.http() as http:
        for number, fault in enumerate(_spread(count)):
            call = int((number + chance.random()) / count * _CALLS) + 1
            disturb(nursery.control, http, fault, _within(fault, call), seen)
    _end(nursery, server, data)
    return seen


def _spread(count: int) -> Iterator[Fault]:
    for number in range(count):
        yield FAULTS[number % len(FAULTS)]


def _within(fault: Fault, call: int) -> int:
    """There are ten times as many writes as other calls."""
    return call if Kind.WRITE in fault.kinds else call // 10 + 1


def _end(nursery: Nursery, server: Server, data: Path) -> None:
    nursery.stop(server)
    assert not list(data.glob("blobs/.temporary/*"))
    nursery.end()
    assert_sound(data)
