"""A check of everything that is stored, after what mends it, told line by line while it goes on."""

from collections.abc import Callable, Iterator

from pydantic import TypeAdapter

from rhapsode.api.own_lines import lines_of
from rhapsode.api.own_wire import CheckLine, CheckOrder, CheckOutcome
from rhapsode.rendering.pool import RenderPool
from rhapsode.rendering.repair import repair_storage
from rhapsode.storage.blobs import Blobs
from rhapsode.storage.check import check_storage, rebuild_segments
from rhapsode.storage.records import Records

_LINE: TypeAdapter[CheckLine] = TypeAdapter(CheckLine)


def check_all(
    records: Records,
    blobs: Blobs,
    pool: RenderPool,
    order: CheckOrder,
    *,
    on_progress: Callable[[int, int], None],
) -> CheckOutcome:
    """Do what is ordered, and then check everything. on_progress: see Installation.check."""
    rebuilt = rebuild_segments(records, blobs) if order.rebuild else None
    repaired = repair_storage(records, blobs, pool, on_progress=on_progress) if order.repair else None
    return CheckOutcome(check_storage(records, blobs, on_progress=on_progress), rebuilt, repaired)


def check_lines(records: Records, blobs: Blobs, pool: RenderPool, order: CheckOrder) -> Iterator[bytes]:
    """Check in a thread of its own, and yield each CheckLine as a line of JSON; closed early, it stops."""

    def check(tell: Callable[[CheckLine], None]) -> CheckLine:
        def on_progress(done_bytes: int, total_bytes: int) -> None:
            tell(CheckLine(done_bytes, total_bytes))

        outcome = check_all(records, blobs, pool, order, on_progress=on_progress)
        return CheckLine(outcome=outcome)

    return lines_of("check", _LINE, check, failed=lambda error: CheckLine(error=error))
