"""How late an event loop is, which everybody who is connected feels."""

import asyncio
import time

from rhapsode.telemetry.metrics import LOOP_LAG_SECONDS

_EVERY_S = 0.5


async def watch_loop() -> None:
    """Look again and again, until it is cancelled."""
    while True:
        began_at_s = time.perf_counter()
        await asyncio.sleep(_EVERY_S)
        LOOP_LAG_SECONDS.observe(max(0.0, time.perf_counter() - began_at_s - _EVERY_S))
