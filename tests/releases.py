"""Keep what this version makes of a small book, so that every later one can be asked whether it still opens it.

    python -m tests.releases

To be run before a migration comes: it writes tests/data/releases/<the newest migration>.tar.xz, the data directory,
and beside it what was downloaded from it, as digests. Both are committed with the migration.
"""

import hashlib
import json
import shutil
import sqlite3
import tarfile
import tempfile
from contextlib import closing
from pathlib import Path

from tests.acceptance.program import Rhapsode
from tests.acceptance.server import serving

RELEASES = Path(__file__).parent / "data" / "releases"
KEY = "sk_0123456789abcdef0123456789abcdef0123456789abcdef"
BOOK = "# One\n\nIt rained.\n\n# Two\n\nNobody came.\n"
TEXT = "Rain again."


def make_release(folder: Path) -> dict[str, object]:
    """Narrate a book and speak a text; what was made, with digests. The data directory is `folder/data`."""
    rhapsode = Rhapsode(folder)
    rhapsode.narrate(rhapsode.write("rain.md", BOOK))
    with serving(rhapsode, RHAPSODE_API_KEY=KEY) as server:
        spoken = server.http(KEY).post("/v1/text-to-speech/tone_low", json={"text": TEXT}).raise_for_status()
        server.stop()
    records = rhapsode.data / "records.sqlite3"
    with closing(sqlite3.connect(records)) as database:
        (revision,) = database.execute("SELECT version_num FROM alembic_version").fetchone()
        (snapshot_id,) = database.execute("SELECT project_snapshot_id FROM project_snapshots").fetchone()
        database.execute("VACUUM")
    return {
        "revision": revision,
        "project_snapshot_id": snapshot_id,
        "archive_sha256": _digest((folder / "rain.zip").read_bytes()),
        "history": {"text": TEXT, "sha256": _digest(spoken.content)},
    }


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _nameless(info: tarfile.TarInfo) -> tarfile.TarInfo:
    info.uid = info.gid = info.mtime = 0
    info.uname = info.gname = ""
    return info


def main() -> None:
    """Write both files."""
    with tempfile.TemporaryDirectory() as folder:
        said = make_release(Path(folder))
        data = Path(folder) / "data"
        shutil.rmtree(data / "blobs" / ".temporary", ignore_errors=True)
        for needless in ("jobs.sqlite3", "LOCK"):
            (data / needless).unlink(missing_ok=True)
        with tarfile.open(RELEASES / f"{said['revision']}.tar.xz", "w:xz", preset=9) as archive:
            archive.add(data, ".", filter=_nameless)
    (RELEASES / f"{said['revision']}.json").write_text(json.dumps(said, indent=2) + "\n")
    print(f"{said['revision']}: the archive has the digest {said['archive_sha256']}.")


if __name__ == "__main__":
    main()
