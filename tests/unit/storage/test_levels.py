"""How loud voices are is kept once, by workspace."""

from rhapsode.audio.mastering import Level
from rhapsode.storage import levels
from rhapsode.storage.records import Records
from rhapsode.studio.ids import WorkspaceId

from .stored import WORKSPACE, key_of

OTHER = WorkspaceId("other")


def test_a_level_is_found_again(records: Records) -> None:
    """Those that were measured, and no others."""
    kept = Level(rms_db=-21.5, peak_db=-2.25)
    with records.write(WORKSPACE) as tx:
        levels.keep_level(tx, key_of(1), kept)
    with records.read(WORKSPACE) as tx:
        assert levels.find_levels(tx, [key_of(1), key_of(2), key_of(1)]) == {key_of(1): kept}
        assert levels.find_levels(tx, []) == {}
    with records.read(OTHER) as tx:
        assert levels.find_levels(tx, [key_of(1)]) == {}


def test_the_first_measurement_stays(records: Records) -> None:
    """Audio may have been made with it, by somebody who measured at the same time."""
    with records.write(WORKSPACE) as tx:
        levels.keep_level(tx, key_of(1), Level(-21.5, -2.0))
        levels.keep_level(tx, key_of(1), Level(-18.0, -1.0))
        assert levels.find_levels(tx, [key_of(1)]) == {key_of(1): Level(-21.5, -2.0)}
