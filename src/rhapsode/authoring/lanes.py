"""Threads for work that may be cut off: they don't keep a process from ending."""

import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

T = TypeVar("T")


class Lane:
    """At most `thread_count` pieces of one kind of work at a time, in the order in which they came.

    Unlike the threads of an executor these end with the process, whatever they do then: a page may come slowly.
    """

    def __init__(self, name: str, thread_count: int) -> None:
        self._name = name
        self._thread_count = thread_count
        self._threads: list[threading.Thread] = []
        self._waiting: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()

    def submit(self, work: Callable[[], T]) -> "Future[T]":
        """Let it be done, now or when a thread is free. What has not begun can be cancelled."""
        future: Future[T] = Future()
        waiting = [work]
        # What is cancelled may hold a whole document, and is in the queue until all before it is done.
        future.add_done_callback(lambda _: waiting.clear())
        self._waiting.put(lambda: _do(waiting, future))
        if len(self._threads) < self._thread_count:
            thread = threading.Thread(target=self._run, name=self._name, daemon=True)
            self._threads.append(thread)
            thread.start()
        return future

    def _run(self) -> None:
        while True:
            self._waiting.get()()


def _do(waiting: list[Callable[[], T]], future: "Future[T]") -> None:
    if not future.set_running_or_notify_cancel():
        return
    try:
        result = waiting.pop()()
    except BaseException as error:
        future.set_exception(error)
    else:
        future.set_result(result)
