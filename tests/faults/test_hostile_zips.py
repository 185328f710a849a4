"""Zip archives that attack their reader are refused, or read without harm."""

import time

from tests.faults.hostile_zips import hostile_archives

from rhapsode.documents.parsing import parse_document
from rhapsode.studio.errors import DocumentRefused

LONGEST_S = 2.0
"""Processor time of one document."""

REFUSED = frozenset(
    {
        *("a name: slip", "a name: slip within", "a name: absolute", "a file over another"),
        "a file twice, with other text",
        *("the text: encrypted", "the text: a wrong checksum", "the text: packed by nothing known", "half"),
        *("the text: a size of 4 GiB", "the text: ZIP64 that lies", "the text: packed to random bytes"),
        *("the text: its header beyond the end", "a directory beyond the end", "no end", "70,000 files"),
        *("a bomb of 100 MB", "a bomb that says it is small", "one file under 5,000 names"),
        *(
            "a manifest: ../../etc/passwd",
            "a manifest: ..%2f..%2fetc%2fpasswd",
            "a manifest: %2e%2e/%2e%2e/x",
        ),
    }
)
HARMLESS = frozenset(
    {
        *("garbage behind", "a file twice", "a name: a colon", "the text: a device"),
        "a manifest: http://127.0.0.1/x",
    }
)
"""Files that were joined or written by careless programs are books all the same."""


def is_read(filename: str, content: bytes) -> bool:
    """Whether it is read rather than refused; soon, and nothing else happens."""
    started = time.process_time()
    try:
        document = parse_document(content, filename=filename, trust_name=False)
    except DocumentRefused:
        return False
    finally:
        assert time.process_time() - started < LONGEST_S
    assert "root:" not in repr(document)
    return True


def test_every_archive_is_read_or_refused() -> None:
    """Of two hundred archives each is answered in two seconds; those that lie about what they hold are refused."""
    read: set[str] = set()
    refused: set[str] = set()
    for name, filename, content in hostile_archives():
        (read if is_read(filename, content) else refused).add(name)

    assert len(read | refused) >= 100
    assert set() == REFUSED & read
    assert refused >= REFUSED
    assert read >= HARMLESS
