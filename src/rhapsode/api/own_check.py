"""A check of everything that is stored, told line by line while it goes on."""

from collections.abc import Callable, Iterator

from pydantic import TypeAdapter

from rhapsode.api.own_lines import lines_of
from rhapsode.api.own_wire import CheckLine, CheckOutcome
from rhapsode.storage.blobs import Blobs
from rhapsode.storage.check import check_storage, rebuild_segments
from rhapsode.storage.records import Records

_LINE: TypeAdapter[CheckLine] = TypeAdapter(CheckLine)


def check_lines(records: Records, blobs: Blobs, *, rebuild: bool) -> Iterator[bytes]:
    """Check in a thread of its own, and yield each CheckLine as a line of JSON; closed early, it stops checking."""

    def check(tell: Callable[[CheckLine], None]) -> CheckLine:
        rebuilt = rebuild_segments(records, blobs) if rebuild else None
        report = check_storage(
            records,
            blobs,
            on_progress=lambda done_bytes, total_bytes: tell(CheckLine(done_bytes, total_bytes)),
        )
        return CheckLine(outcome=CheckOutcome(report, rebuilt))

    return lines_of("check", _LINE, check, failed=lambda error: CheckLine(error=error))
