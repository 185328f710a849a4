"""A backup of what a server has, told line by line while it goes on."""

from collections.abc import Callable, Iterator

from pydantic import TypeAdapter

from rhapsode.access.audit import note_backup
from rhapsode.access.people import COMMAND
from rhapsode.api.own_lines import lines_of
from rhapsode.api.own_wire import BackupLine, BackupOrder
from rhapsode.delivery.running import RunningDownloads
from rhapsode.storage.audit import acting
from rhapsode.storage.backups.taking import take_backup
from rhapsode.storage.blobs import Blobs
from rhapsode.storage.records import Records

_LINE: TypeAdapter[BackupLine] = TypeAdapter(BackupLine)


def backup_lines(
    records: Records, blobs: Blobs, running: RunningDownloads, order: BackupOrder
) -> Iterator[bytes]:
    """Take a backup in a thread of its own, and yield each BackupLine as a line of JSON; closed early, it stops.

    For clean-up it is a download: nothing that the records spoke of goes before it was copied.
    """

    def back_up(tell: Callable[[BackupLine], None]) -> BackupLine:
        with running.download():
            report = take_backup(
                records,
                blobs,
                order.place,
                keep=order.keep,
                on_progress=lambda done_bytes, total_bytes: tell(BackupLine(done_bytes, total_bytes)),
            )
        with acting(COMMAND):
            note_backup(records, report.backup_id)
        return BackupLine(report=report)

    return lines_of("backup", _LINE, back_up, failed=lambda error: BackupLine(error=error))
