"""What a backup costs: the first one compared with `cp -r`, and one after an edited paragraph, in bytes.

A data directory is made of chapters of noise, as narrations leave them. It is copied and backed up by turns, each
into an empty place; then one paragraph more is stored with a new snapshot, and it is backed up again.

    python -m benchmarks.backup [--gigabytes 1]
"""

import argparse
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks.stored import Store, keep_book, keep_chapter
from rhapsode.storage.backups.restoring import restore_backup
from rhapsode.storage.backups.taking import BackupReport, take_backup
from rhapsode.storage.backups.verifying import verify_backups
from rhapsode.storage.directory import DataDirectory
from rhapsode.studio.ids import ProjectId

ROUNDS = 3
CHAPTER_BYTES = 20_000_000
PARAGRAPH_BYTES = 200_000


def seconds_of(work: Callable[[], object]) -> float:
    """How long it took, with everything on the disk."""
    started_at_s = time.perf_counter()
    work()
    subprocess.run(["sync"], check=True)
    return time.perf_counter() - started_at_s


def main() -> None:
    """Print ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--gigabytes", type=float, default=1.0)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, DataDirectory.open(Path(folder) / "data", "bench") as data:
        store = Store(data)
        chapters = max(1, round(options.gigabytes * 1e9 / CHAPTER_BYTES))
        project_id, _ = keep_book(store, chapters=chapters, chapter_bytes=CHAPTER_BYTES)
        measure(Path(folder), data, store, project_id)
        store.records.close()


def measure(folder: Path, data: DataDirectory, store: Store, project_id: ProjectId) -> None:
    """Back up, copy, edit, back up, verify and restore."""
    target, copy = folder / "target", folder / "copy"

    def back_up() -> BackupReport:
        return take_backup(
            store.records, store.blobs, str(target), keep=None, on_progress=lambda _done, _total: None
        )

    ratios = []
    for _ in range(ROUNDS):
        for place in (target, copy):
            shutil.rmtree(place, ignore_errors=True)
        copied_s = seconds_of(lambda: subprocess.run(["cp", "-r", data.root, copy], check=True))
        ratios.append(seconds_of(back_up) / copied_s)
        print(f"first backup: {ratios[-1]:.2f} times as long as cp -r, which took {copied_s:.2f} s")
    print(f"first backup, middle of {ROUNDS}: {sorted(ratios)[ROUNDS // 2]:.2f} times cp -r")
    keep_chapter(store, project_id, 0, PARAGRAPH_BYTES)
    started_at_s = time.perf_counter()
    report = back_up()
    second_s = time.perf_counter() - started_at_s
    share = report.copied_bytes / report.size_bytes
    print(
        f"after an edited paragraph: {report.copied_bytes:,} of {report.size_bytes:,} bytes copied ({share:.3%}), "
        f"{second_s / copied_s:.2f} times cp -r"
    )
    verified_s = seconds_of(lambda: verify_backups(str(target), on_progress=lambda _done, _total: None))
    print(f"verifying both: {verified_s / copied_s:.2f} times cp -r")
    restored_s = seconds_of(
        lambda: restore_backup(
            str(target),
            folder / "restored",
            backup_id=None,
            blobs_url=None,
            on_progress=lambda _done, _total: None,
        )
    )
    print(f"restoring: {restored_s / copied_s:.2f} times cp -r")


if __name__ == "__main__":
    main()
