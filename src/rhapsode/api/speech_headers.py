"""The headers of speech: what was kept, what it cost, how long it took, and what else was going on.

Source: NOTES of the contract, Response headers.
"""

import time
from collections import Counter
from collections.abc import Callable, Mapping

from fastapi import Request

from rhapsode.api.spoken import Spoken
from rhapsode.studio.ids import WorkspaceId

REGION = "local"


class UnderWay:
    """How many requests of each workspace are being spoken. For one event loop."""

    def __init__(self) -> None:
        self._counts: Counter[WorkspaceId] = Counter()

    def enter(self, request: Request) -> Callable[[], None]:
        """Count a request until the result is called; `request.state.concurrent_count` includes it."""
        workspace_id: WorkspaceId = request.state.workspace_id
        self._counts[workspace_id] += 1
        request.state.concurrent_count = self._counts[workspace_id]
        return lambda: self._leave(workspace_id)

    def _leave(self, workspace_id: WorkspaceId) -> None:
        self._counts[workspace_id] -= 1
        if not self._counts[workspace_id]:
            del self._counts[workspace_id]


def speech_headers(request: Request, spoken: Spoken, *, max_concurrent: int) -> Mapping[str, str]:
    """All of them. max_concurrent: requests that are worked on at once; more wait, and are never refused."""
    latency_s = time.perf_counter() - request.state.started_s
    return {
        **spoken.headers,
        "tts-latency-ms": str(round(latency_s * 1000)),
        "current-concurrent-requests": str(request.state.concurrent_count),
        "maximum-concurrent-requests": str(max_concurrent),
        "x-region": REGION,
        # As the original has it, though the answer here is the same in every language.
        "vary": "Accept-Language",
    }
