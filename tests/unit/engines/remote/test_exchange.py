"""What a server says of its errors, as people are told it."""

import pytest

from rhapsode.engines.remote.exchange import told_by


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b'{"error": {"message": "No such voice."}}', "No such voice"),
        (b'{"detail": {"status": "gone"}}', '{"status": "gone"}'),
        (b"plain\nwords", "plain words"),
        (b"\x1b[2J\x1b]0;title\x07words", "[2J ]0;title words"),
        (b'{"error": "\\ud800 half"}', "half"),
        (b"<html>Bad gateway</html>", ""),
        (b"[" * 100_000, "[" * 200 + "…"),
    ],
)
def test_a_servers_words_are_one_short_line(body: bytes, told: str) -> None:
    """Of text or JSON, whatever is in it, and nothing that a terminal would obey."""
    assert told_by(body) == told
    assert told_by(body).isprintable()
