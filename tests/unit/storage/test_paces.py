"""How fast voices speak is added up until enough is known, by workspace."""

from rhapsode.audio.pace import PACE_PARTS, Pace
from rhapsode.storage import paces
from rhapsode.storage.records import Records
from rhapsode.studio.ids import WorkspaceId

from .stored import WORKSPACE, key_of

OTHER = WorkspaceId("other")
SOME = Pace(PACE_PARTS - 1, -126.5, 320.25)


def test_paces_are_added_up(records: Records) -> None:
    """Those of other voices and workspaces stay apart; what tells nothing makes no row."""
    with records.write(WORKSPACE) as tx:
        paces.add_paces(tx, {key_of(1): Pace(2, -5.0, 12.5), key_of(2): Pace()})
        paces.add_paces(tx, {key_of(1): Pace(1, -2.5, 6.25)})
    with records.read(WORKSPACE) as tx:
        assert paces.find_paces(tx, [key_of(1), key_of(2)]) == {key_of(1): Pace(3, -7.5, 18.75)}
        assert paces.find_paces(tx, []) == {}
    with records.read(OTHER) as tx:
        assert paces.find_paces(tx, [key_of(1)]) == {}


def test_what_is_known_stays(records: Records) -> None:
    """All that a voice says later is judged alike."""
    with records.write(WORKSPACE) as tx:
        for _ in range(3):
            paces.add_paces(tx, {key_of(1): SOME})
        assert paces.find_paces(tx, [key_of(1)]) == {key_of(1): SOME.plus(SOME)}
