"""EPUBCheck, the judge of EPUBs: what it finds wrong with a book."""

import json
import shutil
import subprocess
from pathlib import Path

from tests.lacking import lack

_TIMEOUT_S = 120
_BAD = frozenset({"FATAL", "ERROR"})


def find_errors(content: bytes, folder: Path) -> list[str]:
    """The errors in a book, in its words; skips the test where it isn't installed, and fails it in CI."""
    book, report = folder / "book.epub", folder / "report.json"
    book.write_bytes(content)
    report.unlink(missing_ok=True)
    done = subprocess.run(
        [*_command(), str(book), "-j", str(report)], capture_output=True, timeout=_TIMEOUT_S, check=False
    )
    assert report.exists(), done.stderr.decode()
    messages = json.loads(report.read_bytes())["messages"]
    return [f"{m['ID']}: {m['message']}" for m in messages if m["severity"] in _BAD]


def _command() -> list[str]:
    program = shutil.which("epubcheck")
    if program is None:
        lack("epubcheck is not installed")
    # Debian's is a Java archive that only a configured kernel starts by itself.
    is_archive = Path(program).read_bytes()[:2] == b"PK"
    java = (
        ["java", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xshare:auto", "-jar"] if is_archive else []
    )
    return [*java, program]
