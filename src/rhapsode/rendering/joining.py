"""Which conversion a new request joins, and which give way to it."""

from collections.abc import Iterable, Sequence

from rhapsode.storage import conversions as queries
from rhapsode.storage.conversions import Conversion
from rhapsode.storage.records import Transaction
from rhapsode.studio.ids import ChapterId, ProjectId
from rhapsode.studio.limits import REPEATED_CONVERT_S


def list_just_ended(tx: Transaction, project_id: ProjectId) -> list[Conversion]:
    """The conversion that was asked of a project last, where it has ended well a moment ago; else none.

    An SDK that has lost the answer to a convert asks again, and nothing in the request tells it from a new one. What
    failed or was cancelled isn't among them: whoever asks again then wants it tried again. The snapshot that it left
    is there as long as the project.
    """
    newest = queries.find_newest_conversion(tx, project_id)
    if newest is None or newest.state != "succeeded" or newest.finished_at_ms is None:
        return []
    # Clocks are put right, and those of several machines differ a little.
    age_ms = abs(tx.now_ms - newest.finished_at_ms)
    return [newest] if age_ms < REPEATED_CONVERT_S * 1000 else []


def find_equal(conversions: Sequence[Conversion], digest: bytes, only: ChapterId | None) -> Conversion | None:
    """The conversion that leaves what is asked for, with nothing of other chapters asked for after it.

    What comes after it could hold an older or newer text of the same chapter, and the last word must be the
    newest request's.
    """
    for index, conversion in enumerate(conversions):
        if (conversion.plan_digest, conversion.chapter_id) == (digest, only):
            later = conversions[index + 1 :]
            return conversion if all(c.chapter_id == only for c in later) else None
    return None


def drop_waiting(tx: Transaction, conversions: Iterable[Conversion]) -> None:
    """End those that have not begun: what they would make is out of date before it is made.

    Whoever asked for them watches the state of the project, which is that of the newer conversion. So however
    often a book is edited and converted while it runs, one conversion of each kind waits.
    """
    for conversion in conversions:
        if conversion.state == "in_queue":
            queries.finish_conversion(tx, conversion.conversion_id, "cancelled")
