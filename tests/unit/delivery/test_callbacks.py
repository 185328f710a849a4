"""Callbacks are sent until they arrive, against real servers that misbehave; only the clock is replaced."""

import contextlib
import itertools
import json
import random
import threading
import time
from collections import Counter
from collections.abc import Iterator
from ipaddress import ip_network
from pathlib import Path

import pytest
import sqlalchemy as sa
from elevenlabs import ElevenLabs
from elevenlabs.errors import BadRequestError
from tests.factories import WORKSPACE, open_records
from tests.loopback import Answer, Asked, always, answering, reply
from tests.rounds import rounds
from tests.waiting import wait_until

from rhapsode.delivery.callbacks import WAITS_S, CallbackSender, plan_wait_s, sign
from rhapsode.delivery.webhooks import create_webhook, list_webhooks, update_webhook
from rhapsode.net.fetcher import Fetcher
from rhapsode.storage import schema
from rhapsode.storage.callbacks import insert_callbacks
from rhapsode.storage.records import Records
from rhapsode.storage.webhooks import Webhook

FETCHER = Fetcher([ip_network("127.0.0.0/8")])
HOUR_S = 3600
_LIMIT_S = 20
MAX_FAILURES = 5


@pytest.fixture
def records(tmp_path: Path) -> Iterator[Records]:
    records = open_records(tmp_path / "records.sqlite3")
    yield records
    records.close()


class Clock:
    """A clock that a test turns forwards."""

    def __init__(self) -> None:
        self._ahead_ms = 0

    def __call__(self) -> int:
        return time.time_ns() // 1_000_000 + self._ahead_ms

    def turn(self, seconds: float) -> None:
        self._ahead_ms += round(seconds * 1000)


@contextlib.contextmanager
def sending(records: Records, clock: Clock | None = None) -> Iterator[CallbackSender]:
    """A sender that runs until the end of the block."""
    sender = CallbackSender(records, FETCHER.post, clock=clock or Clock())
    sender.start()
    try:
        yield sender
    finally:
        sender.stop()


def add_webhook(records: Records, url: str, **headers: str) -> Webhook:
    return create_webhook(records, WORKSPACE, FETCHER.check, name="Tides", url=url, request_headers=headers)


def tell(records: Records, body: str = '{"type":"test"}', url: str | None = None) -> None:
    with records.write(WORKSPACE) as tx:
        insert_callbacks(tx, body=body, project_url=url)


def rows(records: Records) -> list[sa.RowMapping]:
    with records.read(WORKSPACE) as tx:
        table = schema.callbacks
        return list(tx.connection.execute(sa.select(table).order_by(table.c.callback_id)).mappings())


def outcomes(records: Records) -> list[str | None]:
    return [row["outcome"] for row in rows(records)]


def count_waiting(records: Records) -> int:
    with records.read(WORKSPACE) as tx:
        table = schema.callbacks
        waiting = sa.select(sa.func.count()).select_from(table).where(table.c.outcome.is_(None))
        return tx.connection.execute(waiting).scalar_one()


def attempts(records: Records) -> int:
    return sum(row["attempt_count"] for row in rows(records))


def wait_for_attempts(records: Records, count: int) -> None:
    wait_until(lambda: attempts(records) >= count)


def failing(*statuses: int) -> Answer:
    """One status after the other, and the last for ever."""
    left = list(statuses)
    return lambda _: [reply(status=left.pop(0) if len(left) > 1 else left[0])]


def try_until_end(records: Records, clock: Clock, sender: CallbackSender) -> list[float]:
    """Turn the clock to each attempt of the only callback until there is no other; seconds between them."""
    waits_s: list[float] = []
    for made in itertools.count(1):
        wait_for_attempts(records, made)
        (row,) = rows(records)
        if row["outcome"] is not None:
            break
        wait_s = (row["next_attempt_at_ms"] - clock()) / 1000
        clock.turn(wait_s - 1)
        sender.wake()
        time.sleep(0.02)
        assert attempts(records) == made
        clock.turn(1)
        sender.wake()
        waits_s.append(wait_s)
    return waits_s


def is_signed(webhook: Webhook, asked: Asked) -> bool:
    """Whether the official SDK takes a message for one of this webhook."""
    client = ElevenLabs(api_key="none")
    try:
        event = client.webhooks.construct_event(
            rawBody=asked.body.decode(),
            sig_header=asked.headers.get("elevenlabs-signature", ""),
            secret=webhook.secret,
        )
    except BadRequestError:
        return False
    return bool(event == json.loads(asked.body))


# What is sent


def test_a_webhook_is_told_with_a_signature(records: Records) -> None:
    """The official SDK's own helper verifies it, and no other secret does; its headers are sent along."""
    with answering(always(reply(status=202))) as server, sending(records) as sender:
        webhook = add_webhook(records, f"{server.url}/hook", Authorization="Bearer key")
        other = add_webhook(records, f"{server.url}/other")
        tell(records)
        sender.wake()
        wait_until(lambda: outcomes(records) == ["delivered"] * 2)

    asked = next(asked for asked in server.asked if asked.target == "/hook")
    assert (asked.method, asked.body) == ("POST", b'{"type":"test"}')
    assert asked.headers["content-type"] == "application/json"
    assert asked.headers["authorization"] == "Bearer key"
    assert is_signed(webhook, asked)
    assert not is_signed(other, asked)


def test_the_address_of_a_project_is_told_without(records: Records) -> None:
    """Nobody has a secret for it."""
    with answering(always(reply())) as server, sending(records) as sender:
        tell(records, url=server.url)
        sender.wake()
        wait_until(lambda: outcomes(records) == ["delivered"])

    assert "elevenlabs-signature" not in server.asked[0].headers


def test_a_signature_is_of_time_and_body() -> None:
    """As published: HMAC-SHA256 of both with a full stop between, in lower-case hexadecimal digits."""
    assert sign("{}", "wsec_1", unix_s=1_760_000_000) == (
        "t=1760000000,v0=1a6a56193802cdc00ef027836f82fe3ae71294df45f255cbbdd8c4eb5948850a"
    )


# When it doesn't arrive


def test_ten_attempts_take_75_hours(records: Records) -> None:
    """Each later than the one before, and then it is given up; what is sent is the same, signed anew each time."""
    clock = Clock()
    with answering(failing(500)) as server, sending(records, clock) as sender:
        webhook = add_webhook(records, server.url)
        tell(records)
        sender.wake()
        waits_s = try_until_end(records, clock, sender)

    assert len(server.asked) == 10
    assert sum(WAITS_S) == pytest.approx(75 * HOUR_S, rel=0.01)
    assert sum(waits_s) == pytest.approx(75 * HOUR_S, rel=0.11)
    for waited_s, planned_s in zip(waits_s, WAITS_S, strict=True):
        assert waited_s == pytest.approx(planned_s, rel=0.11)
    assert outcomes(records) == ["given_up"]
    assert len({asked.body for asked in server.asked}) == 1
    assert len({asked.headers["elevenlabs-signature"] for asked in server.asked}) == 10
    (kept,) = list_webhooks(records, WORKSPACE)
    assert (kept.last_failure_code, kept.auto_disabled) == (500, False)
    assert kept.webhook_id == webhook.webhook_id


def test_what_failed_together_is_not_repeated_together() -> None:
    """A tenth of each wait is a matter of chance."""
    chance = random.Random(3)
    waits_s = {plan_wait_s(3, spread=chance.uniform(-1, 1)) for _ in range(100)}
    assert len(waits_s) == 100
    assert all(wait_s is not None and 1620 <= wait_s <= 1980 for wait_s in waits_s)


@pytest.mark.parametrize(
    "answer",
    [
        failing(500),
        failing(503),
        failing(429),
        failing(404),
        failing(302),
        failing(307),
        failing(304),
        always(),
        always(b"HTTP/1.1 2"),
        always(b"nonsense\r\n\r\n"),
    ],
    ids=["500", "503", "429", "404", "302", "307", "304", "cut", "cut later", "nonsense"],
)
def test_everything_but_success_is_tried_again(records: Records, answer: Answer) -> None:
    """Until the server is well; a redirection is no success, and isn't followed."""
    clock = Clock()
    is_well = threading.Event()
    with (
        answering(lambda asked: [reply()] if is_well.is_set() else answer(asked)) as server,
        sending(records, clock) as sender,
    ):
        tell(records, url=server.url)
        sender.wake()
        wait_until(lambda: attempts(records) == 1)
        assert outcomes(records) == [None]
        is_well.set()
        clock.turn(6)
        sender.wake()
        wait_until(lambda: outcomes(records) == ["delivered"])

    assert len(server.asked) == 2


def test_a_server_that_is_down_is_told_when_it_is_up(records: Records) -> None:
    """Nothing is lost meanwhile."""
    clock = Clock()
    with answering(always(reply())) as server:
        pass
    with sending(records, clock) as sender:
        tell(records, url=server.url)
        sender.wake()
        wait_until(lambda: attempts(records) == 1)
        with answering(always(reply()), port=server.port) as server_again:
            clock.turn(6)
            sender.wake()
            wait_until(lambda: outcomes(records) == ["delivered"])

    assert len(server_again.asked) == 1


def test_a_server_that_is_gone_is_told_nothing_more(records: Records) -> None:
    """410 ends what was to be sent to this webhook, and disables it, until a person enables it."""
    with answering(failing(410)) as server, sending(records) as sender:
        webhook = add_webhook(records, server.url)
        tell(records)
        tell(records)
        sender.wake()
        wait_until(lambda: None not in outcomes(records))
        assert sorted(outcomes(records), key=str) == ["given_up", "refused"]
        (gone,) = list_webhooks(records, WORKSPACE)
        assert (gone.auto_disabled, gone.disabled, gone.last_failure_code) == (True, False, 410)

        tell(records)
        assert len(rows(records)) == 2
        update_webhook(records, WORKSPACE, webhook.webhook_id, name="Tides", disabled=False)
        tell(records)
        assert len(rows(records)) == 3

    assert not list_webhooks(records, WORKSPACE)[0].disabled


def test_a_webhook_may_want_one_attempt_alone(records: Records) -> None:
    """As `retry_enabled` says it."""
    with answering(failing(500)) as server, sending(records) as sender:
        webhook = add_webhook(records, server.url)
        update_webhook(
            records, WORKSPACE, webhook.webhook_id, name="Tides", disabled=False, retry_enabled=False
        )
        tell(records)
        sender.wake()
        wait_until(lambda: outcomes(records) == ["given_up"])

    assert len(server.asked) == 1


def test_a_private_address_is_refused_at_each_attempt(records: Records) -> None:
    """However it came to be there; nothing connects."""
    with answering(always(reply())) as server:
        tell(records, url=server.url)
        sender = CallbackSender(records, Fetcher().post)
        sender.start()
        wait_until(lambda: attempts(records) == 1)
        sender.stop()

    assert server.connections == 0
    assert outcomes(records) == [None]


def test_a_slow_server_keeps_nobody_waiting(records: Records) -> None:
    """It is told one thing after the other; another server is told all at once in the meantime."""
    ended = threading.Event()

    def dawdle(asked: Asked) -> list[bytes]:
        ended.wait(_LIMIT_S)
        return []

    with answering(dawdle) as slow, answering(always(reply())) as quick, sending(records) as sender:
        for _ in range(5):
            tell(records, url=slow.url)
            tell(records, url=quick.url)
        sender.wake()
        wait_until(lambda: outcomes(records).count("delivered") == 5 and slow.connections == 1)
        assert attempts(records) == 5
        ended.set()


# When the server itself ends


def test_what_was_committed_before_a_kill_is_sent_after_it(records: Records) -> None:
    """Without being asked for again: the row is all that is needed."""
    with answering(always(reply())) as server:
        tell(records, url=server.url)
        with sending(records):
            wait_until(lambda: outcomes(records) == ["delivered"])

    assert len(server.asked) == 1


def test_a_stop_waits_for_what_is_under_way(records: Records) -> None:
    """So that it isn't sent twice for nothing."""
    begun = threading.Event()

    def answer(asked: Asked) -> list[bytes]:
        begun.set()
        time.sleep(0.2)
        return [reply()]

    with answering(answer) as server:
        tell(records, url=server.url)
        sender = CallbackSender(records, FETCHER.post)
        sender.start()
        assert begun.wait(_LIMIT_S)
        sender.stop()
        assert outcomes(records) == ["delivered"]


EVENTS = rounds(120, 1000)


@pytest.mark.slow
def test_every_event_arrives_whatever_its_server_does(records: Records) -> None:
    """Servers fail, redirect, cut and are well again: each event arrives, and is the same each time."""
    chance = random.Random(5)
    clock = Clock()
    moods: list[list[bytes]] = [[reply(status=status)] for status in (500, 429, 404, 302)]
    moods += [[], [b"HTTP/1.1 2"], [b"nonsense\r\n\r\n"]]
    tries: Counter[bytes] = Counter()

    def answer(asked: Asked) -> list[bytes]:
        tries[asked.body] += 1
        is_well = tries[asked.body] > MAX_FAILURES or chance.random() < 0.3
        return [reply()] if is_well else chance.choice(moods)

    with contextlib.ExitStack() as stack:
        servers = [stack.enter_context(answering(answer)) for _ in range(8)]
        with records.write(WORKSPACE) as tx:
            for number in range(EVENTS):
                insert_callbacks(tx, body=f'{{"n":{number}}}', project_url=servers[number % 8].url)
        sender = stack.enter_context(sending(records, clock))
        while count_waiting(records):
            clock.turn(HOUR_S)
            sender.wake()
            time.sleep(0.05)

    assert outcomes(records) == ["delivered"] * EVENTS
    assert tries.keys() == {f'{{"n":{number}}}'.encode() for number in range(EVENTS)}
    assert max(tries.values()) == MAX_FAILURES + 1
