"""What it costs that strangers' files are read in a child which is limited and confined, beside a bare one.

By turns, a Python that does nothing and a limited child that does nothing; elapsed and processor time of each, as
medians.

    python -m benchmarks.child
"""

import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable

from rhapsode.processes import Limits, run_limited

ROUNDS = 30
LIMITS = Limits(memory_bytes=256 * 2**20, cpu_s=10, wall_s=60)


def bare() -> None:
    """Start a Python without anything, and wait for its end."""
    subprocess.run([sys.executable, "-I", "-S", "-c", "pass"], check=True)


def limited() -> None:
    """Have a limited child do nothing."""
    run_limited(len, LIMITS, b"")


def costs(start: Callable[[], None]) -> tuple[float, float]:
    """Elapsed and processor milliseconds of a child."""
    before, started = _processor_s(), time.perf_counter()
    start()
    return (time.perf_counter() - started) * 1000, (_processor_s() - before) * 1000


def _processor_s() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def main() -> None:
    """Measure, and print."""
    measured = [(costs(bare), costs(limited)) for _ in range(ROUNDS)]
    for place, name in enumerate(("elapsed", "processor")):
        bare_ms = statistics.median(pair[0][place] for pair in measured)
        limited_ms = statistics.median(pair[1][place] for pair in measured)
        print(
            f"{name} time: {bare_ms:.0f} ms bare, {limited_ms:.0f} ms limited:"
            f" {limited_ms - bare_ms:.0f} ms more, {limited_ms / bare_ms:.1f} times as much"
        )


if __name__ == "__main__":
    main()
