"""What a workspace has used, and since when it is there."""

from rhapsode.storage.account import count_characters_spoken, get_created_at_ms
from rhapsode.storage.conversions import Usage, add_usage
from rhapsode.storage.records import Records, ensure_workspace
from rhapsode.studio.ids import ConversionId

from .stored import FOREIGN, WORKSPACE


def test_what_was_spoken_since_a_moment_is_counted(records: Records) -> None:
    """Speech of this workspace from the moment on; audio made of it is no further use."""
    with records.write(WORKSPACE) as tx:
        add_usage(tx, ConversionId("first"), "speech", Usage(1, 20, 3))
        add_usage(tx, ConversionId("second"), "speech", Usage(1, 4, 3))
        add_usage(tx, ConversionId("second"), "audio", Usage(1, 100, 3))
    with records.write(FOREIGN) as foreign:
        ensure_workspace(foreign)
        add_usage(foreign, ConversionId("theirs"), "speech", Usage(1, 1000, 3))

    with records.read(WORKSPACE) as reading:
        assert count_characters_spoken(reading, since_ms=tx.now_ms) == 24
        assert count_characters_spoken(reading, since_ms=tx.now_ms + 1) == 0


def test_a_workspace_knows_when_it_was_made(records: Records) -> None:
    """The moment of its first transaction."""
    with records.write(FOREIGN) as tx:
        ensure_workspace(tx)

    with records.read(FOREIGN) as reading:
        assert get_created_at_ms(reading) == tx.now_ms
