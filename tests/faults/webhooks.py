"""Webhooks whose receiver is away, slow or says no: what is told, how often and when. Only the clock is replaced.

Eight receivers are in trouble for so many attempts each; the last is never well. The clock stands still while all
that is due is tried, and is then turned to where all the rest is due.
"""

import contextlib
import socket
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from ipaddress import ip_network
from pathlib import Path
from typing import Literal

import pytest
import sqlalchemy as sa
from tests.factories import WORKSPACE, open_records
from tests.loopback import Asked, Loopback, answering, reply

from rhapsode.delivery.callbacks import WAITS_S, CallbackSender, sign
from rhapsode.delivery.webhooks import create_webhook
from rhapsode.net.fetcher import Fetcher
from rhapsode.storage import schema
from rhapsode.storage.callbacks import insert_callbacks
from rhapsode.storage.records import Records
from rhapsode.storage.webhooks import Webhook

Trouble = Literal["down", "500", "time-out", "302"]
TROUBLES: tuple[Trouble, ...] = ("down", "500", "time-out", "302")
ATTEMPTS = len(WAITS_S) + 1
FAILING = (0, 1, 1, 2, 3, 5, 9, ATTEMPTS)
_HOURS = 75
_WALL_S = 0.25
"""How long an answer is waited for here, instead of 15 seconds."""
_WAVE_LIMIT_S = 3_600
_POLL_S = 0.02
SIGNATURE = "elevenlabs-signature"


def fetcher() -> Fetcher:
    """One that may reach this machine."""
    return Fetcher([ip_network("127.0.0.0/8")])


class StillClock:
    """Unix milliseconds, which pass only when they are told to."""

    def __init__(self) -> None:
        self.now_ms = time.time_ns() // 1_000_000

    def __call__(self) -> int:
        return self.now_ms


@dataclass
class Receiver:
    """A webhook's server. failing: in how many waves it is in trouble.    heard: what came, with its wave."""

    trouble: Trouble
    failing: int
    elsewhere: str
    wave: int = 0
    heard: list[tuple[int, Asked]] = field(default_factory=list)
    _place: socket.socket = field(default_factory=socket.socket)
    _running: contextlib.ExitStack = field(default_factory=contextlib.ExitStack)

    def __enter__(self) -> "Receiver":
        # Bound and not listening, it keeps the port, and refuses whoever connects.
        self._place.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._place.bind(("127.0.0.1", 0))
        self._running.enter_context(self._place)
        self.enter(0)
        return self

    def __exit__(self, *error: object) -> None:
        self._running.close()

    @property
    def port(self) -> int:
        return int(self._place.getsockname()[1])

    def enter(self, wave: int) -> None:
        """Begin a wave."""
        self.wave = wave
        if wave == (self.failing if self.trouble == "down" else 0):
            self._running.enter_context(answering(self._answer, port=self.port))

    def _answer(self, asked: Asked) -> Iterable[bytes]:
        self.heard.append((self.wave, asked))
        if self.wave >= self.failing:
            return [reply()]
        if self.trouble == "time-out":
            time.sleep(2 * _WALL_S)
            return []
        return [reply(status=int(self.trouble), Location=self.elsewhere)]


@dataclass
class Told:
    """What became of events. counts: of outcomes.    posts: attempts.    hours: until the last was given up."""

    counts: Counter[str]
    posts: int
    hours: float = 0.0

    def line(self) -> str:
        """For people."""
        outcomes = ", ".join(
            f"{count:,} {outcome.replace('_', ' ')}" for outcome, count in self.counts.items()
        )
        after = f", the last after {self.hours:.1f} h" if self.hours else ""
        return f"{self.counts.total():,} events: {outcomes}; {self.posts:,} attempts{after}"


@contextlib.contextmanager
def sending(records: Records, clock: Callable[[], int]) -> Iterator[CallbackSender]:
    """A sender that runs until the end of the block."""
    sender = CallbackSender(records, fetcher().post, clock=clock)
    sender.start()
    try:
        yield sender
    finally:
        sender.stop()


def rows(records: Records) -> list[sa.RowMapping]:
    """All that is or was in the outbox."""
    with records.read(WORKSPACE) as tx:
        return list(tx.connection.execute(sa.select(schema.callbacks)).mappings())


def tell(records: Records, number: int, url: str | None = None) -> None:
    """Put an event into the outbox."""
    with records.write(WORKSPACE) as tx:
        insert_callbacks(tx, body=f'{{"n":{number}}}', project_url=url)


def add_webhook(records: Records, port: int) -> Webhook:
    """One on this machine."""
    url = f"http://127.0.0.1:{port}/"
    return create_webhook(records, WORKSPACE, fetcher().check, name="Tides", url=url, request_headers={})


def wait_until_tried(records: Records, clock: StillClock, sender: CallbackSender) -> list[sa.RowMapping]:
    """Until nothing is due any more; what falls due later."""
    until_s = time.monotonic() + _WAVE_LIMIT_S
    sender.wake()
    while True:
        waiting = [row for row in rows(records) if row["outcome"] is None]
        if all(row["next_attempt_at_ms"] > clock() for row in waiting):
            return waiting
        assert time.monotonic() < until_s, waiting
        time.sleep(_POLL_S)


def trouble_receivers(
    folder: Path, trouble: Trouble, event_count: int, failing: Iterable[int] = FAILING
) -> Told:
    """Tell receivers in trouble of events, as many to each, and see that all was as it should be."""
    clock = StillClock()
    with contextlib.ExitStack() as stack:
        records = stack.enter_context(contextlib.closing(open_records(folder / "records.sqlite3")))
        trap = stack.enter_context(answering(lambda _: [reply()]))
        if trouble == "time-out":
            patch = stack.enter_context(pytest.MonkeyPatch.context())
            patch.setattr("rhapsode.net.fetcher.POST_WALL_S", _WALL_S)
        receivers = [stack.enter_context(Receiver(trouble, waves, trap.url)) for waves in failing]
        told_to = {add_webhook(records, each.port).webhook_id: each for each in receivers}
        for number in range(event_count // len(receivers)):
            tell(records, number)
        clock.now_ms += 60_000
        times_ms = _try_all(records, clock, receivers)
        ended, secrets = rows(records), _secrets(records)
    assert trap.connections == 0
    for row in ended:
        _assert_told(row, told_to[row["webhook_id"]])
    for webhook_id, each in told_to.items():
        made_s = assert_signed_anew([asked for _, asked in each.heard], secrets[webhook_id])
        assert made_s <= {time_ms // 1000 for time_ms in times_ms}
    hours = (times_ms[-1] - times_ms[0]) / 3_600_000
    assert len(times_ms) < ATTEMPTS or hours == pytest.approx(_HOURS, rel=0.11)
    return Told(Counter(row["outcome"] for row in ended), sum(row["attempt_count"] for row in ended), hours)


def _try_all(records: Records, clock: StillClock, receivers: Iterable[Receiver]) -> list[int]:
    """Send wave after wave until nothing waits any more; the moments at which each was sent."""
    times_ms = [clock()]
    with sending(records, clock) as sender:
        while waiting := wait_until_tried(records, clock, sender):
            _assert_planned(waiting, clock())
            for each in receivers:
                each.enter(len(times_ms))
            clock.now_ms = max(row["next_attempt_at_ms"] for row in waiting)
            times_ms.append(clock())
    return times_ms


def _secrets(records: Records) -> dict[str, str]:
    with records.read(WORKSPACE) as tx:
        return {row.webhook_id: row.secret for row in tx.connection.execute(sa.select(schema.webhooks))}


def _assert_planned(waiting: list[sa.RowMapping], now_ms: int) -> None:
    """What has just failed waits as long as is written, give or take a tenth; nothing waits that wasn't tried."""
    for row in waiting:
        wait_s = (row["next_attempt_at_ms"] - now_ms) / 1000
        assert wait_s == pytest.approx(WAITS_S[row["attempt_count"] - 1], rel=0.101), row


def _assert_told(row: sa.RowMapping, receiver: Receiver) -> None:
    """Ten attempts at most, and none more than needed, where an answer isn't late for want of a processor."""
    is_given_up = receiver.failing == ATTEMPTS
    assert row["outcome"] == ("given_up" if is_given_up else "delivered"), row
    least = ATTEMPTS if is_given_up else receiver.failing + 1
    assert least <= row["attempt_count"] <= (ATTEMPTS if receiver.trouble == "time-out" else least), row
    came = [asked.body for wave, asked in receiver.heard if wave >= receiver.failing]
    assert is_given_up or row["body"].encode() in came, row


def assert_signed_anew(heard: Iterable[Asked], secret: str) -> set[int]:
    """Every attempt has a signature of its own over the same bytes; the Unix seconds at which they were made."""
    signatures = [(asked.body.decode(), asked.headers[SIGNATURE]) for asked in heard]
    assert len(set(signatures)) == len(signatures)
    for body, signature in signatures:
        assert signature == sign(body, secret, unix_s=_made_at(signature))
    return {_made_at(signature) for _, signature in signatures}


def _made_at(signature: str) -> int:
    return int(signature.partition(",")[0].removeprefix("t="))


def say_gone(folder: Path, event_count: int) -> Told:
    """Tell addresses that answer 410 of an event each, and a webhook of all: each is asked once, and no more."""
    clock = StillClock()
    with (
        contextlib.closing(open_records(folder / "records.sqlite3")) as records,
        answering(lambda _: [reply(status=410)]) as gone,
        answering(lambda _: [reply(status=410)]) as hook,
    ):
        add_webhook(records, hook.port)
        for number in range(event_count):
            tell(records, number, f"{gone.url}/{number}")
        clock.now_ms += 60_000
        with sending(records, clock) as sender:
            for _ in range(ATTEMPTS):
                assert not wait_until_tried(records, clock, sender)
                clock.now_ms += 24 * 3_600_000
        ended = rows(records)
    asked = Counter(each.target for each in gone.asked)
    assert asked == {f"/{number}": 1 for number in range(event_count)}
    assert {row["outcome"] for row in ended if row["webhook_id"] is None} == {"refused"}
    _assert_silenced(hook, [row for row in ended if row["webhook_id"] is not None])
    return Told(Counter(row["outcome"] for row in ended), len(gone.asked) + len(hook.asked))


def _assert_silenced(hook: Loopback, ended: list[sa.RowMapping]) -> None:
    assert len(hook.asked) == 1
    assert Counter(row["outcome"] for row in ended) == {"refused": 1, "given_up": len(ended) - 1}
