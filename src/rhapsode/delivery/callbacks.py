"""Sends what is in the outbox: a thread looks for what is due, and every delivery has a thread of its own.

Each is delivered at least once: who is killed between an answer and its record sends the same bytes again.
"""

import contextlib
import hashlib
import hmac
import random
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from functools import partial

import structlog

from rhapsode.storage import webhooks
from rhapsode.storage.callbacks import (
    DueCallback,
    end_callback,
    give_up_callbacks,
    list_due_callbacks,
    postpone_callback,
)
from rhapsode.storage.membership import Part, WholePart
from rhapsode.storage.records import Records, Transaction, current_ms
from rhapsode.studio.errors import PostFailed, RhapsodeError
from rhapsode.telemetry.metrics import CALLBACKS

_log = structlog.get_logger()
_SWEEP_S = 0.5
_AFTER_TROUBLE_S = 60.0
_STOP_WAIT_S = 5.0
_MAX_AT_ONCE = 8
_JITTER = 0.1
_GONE = 410
_WORK = "callbacks"

_HOUR_S = 3600
WAITS_S = (5, 300, 1800, 2 * _HOUR_S, 5 * _HOUR_S, 10 * _HOUR_S, 14 * _HOUR_S, 20 * _HOUR_S, 24 * _HOUR_S)
"""Seconds between one attempt and the next: ten attempts in 75 hours, as Standard Webhooks recommends them."""

Post = Callable[[str, bytes, Mapping[str, str]], int]
"""(url, body, headers) -> status of the answer. Raises: PostFailed."""


def sign(body: str, secret: str, *, unix_s: int) -> str:
    """The value of `ElevenLabs-Signature`, which the official SDKs check within half an hour of `unix_s`."""
    digest = hmac.new(secret.encode(), f"{unix_s}.{body}".encode(), hashlib.sha256).hexdigest()
    return f"t={unix_s},v0={digest}"


def plan_wait_s(attempts: int, *, spread: float) -> float | None:
    """Pure: seconds until the next attempt, or None after the last one.

    attempts: that have been made, 1 at least.    spread: -1 to 1; up to a tenth is added or taken away, so that
    what failed together isn't repeated together.
    """
    if attempts > len(WAITS_S):
        return None
    return WAITS_S[attempts - 1] * (1 + _JITTER * spread)


class CallbackSender:
    """Sends callbacks of all workspaces while a server runs, those first that were left by the last one.

    post: as Fetcher.post, which refuses addresses that may not be reached, at every attempt anew.
    clock: Unix milliseconds; None for that of the records.    part: of several processes, one sends.
    """

    def __init__(
        self,
        records: Records,
        post: Post,
        *,
        clock: Callable[[], int] | None = None,
        part: Part | None = None,
    ) -> None:
        self._records = records
        self._part = part or WholePart()
        self._post = post
        self._clock = clock or partial(current_ms, records)
        self._sending: dict[str, threading.Thread] = {}
        self._recording = threading.Lock()
        self._is_closed = False
        self._woken = threading.Event()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="callbacks", daemon=True)

    def start(self) -> None:
        """Begin, once."""
        self._thread.start()

    def wake(self) -> None:
        """Look now: something may have been committed."""
        self._woken.set()

    def stop(self) -> None:
        """Begin no further delivery, and wait some seconds for those under way; the next start repeats the others."""
        self._stopping.set()
        self._woken.set()
        self._thread.join()
        until_s = time.monotonic() + _STOP_WAIT_S
        for thread in list(self._sending.values()):
            thread.join(max(0.0, until_s - time.monotonic()))
        with self._recording:
            self._is_closed = True

    def _run(self) -> None:
        # Looked for again and again, because attempts that failed fall due.
        while not self._stopping.is_set():
            self._woken.clear()
            with self._survived():
                self._sweep()
            self._woken.wait(_SWEEP_S)

    def _sweep(self) -> None:
        # Noted before the look, which may still show as due what is being recorded meanwhile.
        under_way = set(self._sending)
        # Twice: most looks find nothing, and need not ask whose it is to send; and whoever sent before may just have.
        if not list_due_callbacks(self._records, now_ms=self._clock()) or not self._part.may(_WORK):
            return
        now_ms = self._clock()
        for callback in list_due_callbacks(self._records, now_ms=now_ms):
            if len(self._sending) >= _MAX_AT_ONCE or self._stopping.is_set():
                return
            if callback.callback_id not in under_way:
                thread = threading.Thread(
                    target=self._deliver, args=(callback, now_ms), name="callback", daemon=True
                )
                self._sending[callback.callback_id] = thread
                thread.start()

    def _deliver(self, callback: DueCallback, now_ms: int) -> None:
        with self._survived():
            self._record(callback, self._send(callback, now_ms))
        self._sending.pop(callback.callback_id, None)
        self._woken.set()

    def _send(self, callback: DueCallback, now_ms: int) -> int | None:
        headers = {"Content-Type": "application/json", **callback.request_headers}
        if callback.secret is not None:
            headers["ElevenLabs-Signature"] = sign(callback.body, callback.secret, unix_s=now_ms // 1000)
        try:
            return self._post(callback.url, callback.body.encode(), headers)
        except PostFailed as error:
            _log.info("callback.failed", callback_id=callback.callback_id, cause=str(error))
            return None

    def _record(self, callback: DueCallback, status: int | None) -> None:
        with self._recording:
            # What a stopped server still sends isn't recorded any more: the records are being closed.
            if not self._is_closed:
                now_ms = self._clock()
                with self._records.write(callback.workspace_id) as tx:
                    record_attempt(tx, callback, status, now_ms=now_ms)

    @contextlib.contextmanager
    def _survived(self) -> Iterator[None]:
        """Go on after an error of the records, but not at once: nothing is sent over and over on a full disk."""
        try:
            yield
        except Exception as error:
            # Where the records are away, their words say all.
            trace = None if isinstance(error, RhapsodeError) else error
            _log.error("callback.postponed", error=str(error), exc_info=trace)
            self._stopping.wait(_AFTER_TROUBLE_S)


def record_attempt(tx: Transaction, callback: DueCallback, status: int | None, *, now_ms: int) -> None:
    """Note what became of an attempt, and decide whether there is another.

    status: HTTP status of the answer, None where there was none. 2xx is the end, and so is 410, after which a
    webhook is told nothing more; everything else, redirections too, is tried again.
    """
    if status is not None and 200 <= status < 300:
        end_callback(tx, callback.callback_id, status, "delivered")
        CALLBACKS.add(1, "delivered")
        return
    is_gone = status == _GONE
    spread = random.uniform(-1, 1)  # noqa: S311 -- nobody gains by guessing it
    wait_s = plan_wait_s(callback.attempt_count + 1, spread=spread) if callback.retry_enabled else None
    if is_gone:
        end_callback(tx, callback.callback_id, status, "refused")
        CALLBACKS.add(1, "refused")
    elif wait_s is None:
        end_callback(tx, callback.callback_id, status, "given_up")
        CALLBACKS.add(1, "given_up")
    else:
        postpone_callback(tx, callback.callback_id, status, until_ms=now_ms + int(wait_s * 1000))
        CALLBACKS.add(1, "postponed")
    if callback.webhook_id is not None:
        webhooks.note_failure(tx, callback.webhook_id, status, is_gone=is_gone)
        if is_gone:
            give_up_callbacks(tx, callback.webhook_id)
