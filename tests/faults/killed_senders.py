"""Senders of webhooks that are killed as soon as an event is committed, or a moment later: each event arrives."""

import contextlib
import multiprocessing
import os
import random
import signal
import time
from collections import Counter
from pathlib import Path

import sqlalchemy as sa
from tests.factories import open_records
from tests.loopback import Asked, answering, reply

from rhapsode.delivery.callbacks import CallbackSender
from rhapsode.storage.records import Records

from .webhooks import (
    StillClock,
    Told,
    add_webhook,
    assert_signed_anew,
    fetcher,
    rows,
    sending,
    tell,
    wait_until_tried,
)

_LONGEST_LIFE_S = 0.2
"""In which an event is committed, sent, answered, and the answer recorded, where the machine is free for it."""
_SECOND_MS = 1000


def kill_senders(folder: Path, event_count: int, seed: int) -> tuple[Told, int]:
    """Have each event told by a process that is killed behind its commit; also how many came more than once."""
    path = folder / "records.sqlite3"
    with answering(lambda _: [reply()]) as receiver:
        with contextlib.closing(open_records(path)) as records:
            secret = add_webhook(records, receiver.port).secret
        lives = multiprocessing.get_context("spawn").Process(
            target=_live_often, args=(path, event_count, seed)
        )
        lives.start()
        lives.join()
        assert lives.exitcode == 0
        ended = _send_the_rest(path, event_count)
    heard = [asked for asked in receiver.asked if _is_whole(asked)]
    came = Counter(asked.body.decode() for asked in heard)
    assert came.keys() == {f'{{"n":{number}}}' for number in range(event_count)}
    assert len(ended) == event_count
    assert_signed_anew(heard, secret)
    again = sum(times > 1 for times in came.values())
    return Told(Counter(row["outcome"] for row in ended), came.total()), again


def _is_whole(asked: Asked) -> bool:
    """Whether its sender lived until the last byte was sent; a request that breaks off is none for anybody."""
    return len(asked.body) == int(asked.headers.get("content-length", "-1"))


def _send_the_rest(path: Path, event_count: int) -> list[sa.RowMapping]:
    clock = StillClock()
    clock.now_ms += (event_count + 60) * _SECOND_MS
    with contextlib.closing(Records.open_sqlite(path)) as records:
        with sending(records, clock) as sender:
            assert not wait_until_tried(records, clock, sender)
        return rows(records)


def _live_often(path: Path, event_count: int, seed: int) -> None:
    """Fork for each event, in a process of one thread that has everything imported, and see each fork killed."""
    chance = random.Random(seed)
    for number in range(event_count):
        life_s = chance.choice((0.0, chance.uniform(0, _LONGEST_LIFE_S)))
        child = os.fork()
        if child == 0:
            _live(path, number, life_s)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL


def _live(path: Path, number: int, life_s: float) -> None:
    """Commit an event with a sender running, and die. Every life has a second of its own, which signatures tell."""
    try:
        clock = StillClock()
        clock.now_ms += number * _SECOND_MS
        records = Records.open_sqlite(path)
        sender = CallbackSender(records, fetcher().post, clock=clock)
        sender.start()
        tell(records, number)
        sender.wake()
        time.sleep(life_s)
        os.kill(os.getpid(), signal.SIGKILL)
    finally:
        os._exit(1)
