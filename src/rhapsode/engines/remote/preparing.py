"""Texts that will most likely be asked for: begun in threads, and kept until they are, or too many others came."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from typing import Generic, TypeVar

T = TypeVar("T")


class Preparing(Generic[T]):
    """Results that are made or wait to be taken. count: how many of them, at least one."""

    def __init__(self, count: int) -> None:
        self._count = count
        self._lock = threading.Lock()
        self._begun: OrderedDict[Hashable, Future[T]] = OrderedDict()

    def begin(self, name: Hashable, make: Callable[[], T]) -> None:
        """Begin to make it, unless that has begun. The oldest of too many is forgotten."""
        with self._lock:
            if name in self._begun:
                return
            self._begun[name] = _started(make)
            if len(self._begun) > self._count:
                self._begun.popitem(last=False)

    def take(self, name: Hashable, make: Callable[[], T]) -> T:
        """What was begun under this name, or what is made now. Raises: what `make` raises."""
        with self._lock:
            begun = self._begun.pop(name, None)
        # In a thread too: Ctrl-C then breaks off the wait, and no connection in the middle of what it does.
        return (begun or _started(make)).result()

    def forget(self) -> None:
        """Forget everything that was begun, and wait for nothing."""
        with self._lock:
            self._begun.clear()


def _started(make: Callable[[], T]) -> Future[T]:
    made: Future[T] = Future()
    # A daemon: a process that ends doesn't wait for what nobody will take.
    threading.Thread(target=_make, args=(made, make), name="speech", daemon=True).start()
    return made


def _make(made: Future[T], make: Callable[[], T]) -> None:
    try:
        made.set_result(make())
    except BaseException as error:
        made.set_exception(error)
