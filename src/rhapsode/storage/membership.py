"""How a process takes part in an installation that several have: it says that it lives, and hears who doesn't."""

import contextlib
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Protocol

import structlog

from rhapsode.storage.members import (
    BEAT_S,
    DEAD_AFTER_MS,
    Member,
    beat,
    end_lease,
    forget_dead,
    leave,
    list_dead,
    list_members,
    take_lease,
)
from rhapsode.storage.records import Records
from rhapsode.studio.errors import RhapsodeError

_log = structlog.get_logger()


class Part(Protocol):
    """The part that a process has in an installation."""

    def may(self, work: str) -> bool:
        """Whether this process does something that only one does at a time, from now on if nobody else does it.

        Raises: RecordsUnavailable.
        """

    def done(self, work: str) -> None:
        """Let others do it."""

    def oldest_download_at_ms(self) -> int | None:
        """When the download began that any process has sent for the longest, Unix milliseconds; None for none."""


class WholePart:
    """The part of a process that has the installation to itself.

    find_oldest_download: as Part.oldest_download_at_ms, of this process.
    """

    def __init__(self, find_oldest_download: Callable[[], int | None] = lambda: None) -> None:
        self._find_oldest_download = find_oldest_download

    def may(self, work: str) -> bool:  # noqa: ARG002 -- nobody else could
        """See Part."""
        return True

    def done(self, work: str) -> None:
        """See Part."""

    def oldest_download_at_ms(self) -> int | None:
        """See Part."""
        return self._find_oldest_download()


class Witness:
    """Whether a process can tell who has died: one that couldn't say itself that it lives heard of nobody either.

    When the database was away from all for a while, the first that has it back would take all others for dead, and
    begin anew what they are about to finish.
    """

    def __init__(self, patience_s: float, clock_s: Callable[[], float]) -> None:
        self._patience_s = patience_s
        self._clock_s = clock_s
        self._beat_at_s: float | None = None
        self._listens_from_s: float | None = None

    def note_beat(self) -> None:
        """It has said that it lives."""
        if self._beat_at_s is not None and not self._beats:
            self._listens_from_s = self._clock_s()
        self._beat_at_s = self._clock_s()

    @property
    def can_tell(self) -> bool:
        """Since its start, or for as long as others are given after a silence of its own."""
        if not self._beats:
            return False
        return self._listens_from_s is None or self._clock_s() - self._listens_from_s > self._patience_s

    @property
    def _beats(self) -> bool:
        return self._beat_at_s is not None and self._clock_s() - self._beat_at_s <= self._patience_s


class Membership:
    """The part of a process among others. A thread says every two seconds that it lives.

    find_oldest_download: as Part.oldest_download_at_ms, of this process.
    """

    def __init__(
        self,
        records: Records,
        member: Member,
        *,
        find_oldest_download: Callable[[], int | None] = lambda: None,
        clock_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self._records = records
        self._member = member
        self._find_oldest_download = find_oldest_download
        self._witness = Witness(DEAD_AFTER_MS / 1000, clock_s)
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="membership", daemon=True)

    @property
    def member_id(self) -> str:
        """Its own."""
        return self._member.member_id

    def start(self) -> None:
        """Join, once. What a process of the same id had alone before it was killed, nobody has any more."""
        leave(self._records, self.member_id)
        forget_dead(self._records)
        self._beat()
        self._thread.start()

    def stop(self) -> None:
        """Leave: what it did alone, others may do at once."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join()
        with contextlib.suppress(RhapsodeError):
            leave(self._records, self.member_id)

    def may(self, work: str) -> bool:
        """See Part."""
        return take_lease(self._records, work, self.member_id, inherits=self._witness.can_tell)

    def done(self, work: str) -> None:
        """See Part."""
        end_lease(self._records, work, self.member_id)

    def oldest_download_at_ms(self) -> int | None:
        """See Part. Others say it when they say that they live."""
        known = [self._find_oldest_download()]
        known += [member.oldest_download_at_ms for member in list_members(self._records)]
        return min((at_ms for at_ms in known if at_ms is not None), default=None)

    def list_dead(self) -> Sequence[str]:
        """Ids of processes that were killed and haven't been started again."""
        return list_dead(self._records) if self._witness.can_tell else []

    def list_living(self) -> Sequence[str]:
        """Ids of all that live, or that may: who can't tell takes nobody for gone. Its own too once it started."""
        # Asked for first: whoever says in between that it lives is in the other list.
        in_doubt = [] if self._witness.can_tell else list_dead(self._records)
        return [*in_doubt, *(member.member_id for member in list_members(self._records))]

    def list_engines(self) -> frozenset[str]:
        """Engines that any living process speaks with."""
        return frozenset(name for member in list_members(self._records) for name in member.engines)

    def _run(self) -> None:
        while not self._stopping.wait(BEAT_S):
            with self._survived():
                self._beat()

    def _beat(self) -> None:
        beat(self._records, replace(self._member, oldest_download_at_ms=self._find_oldest_download()))
        self._witness.note_beat()

    @contextlib.contextmanager
    def _survived(self) -> Iterator[None]:
        try:
            yield
        except RhapsodeError as error:
            # Without the database nobody else takes anything over either.
            _log.warning("membership.failed", error=str(error))
        except Exception:
            _log.exception("membership.crashed")
