"""Where the bytes of files lie."""

import pytest

from rhapsode.storage.local import LocalBlobs
from rhapsode.storage.places import find_locations, find_pack_ends
from rhapsode.storage.records import Records
from rhapsode.studio.errors import DataDamaged

from .stored import FOREIGN, WORKSPACE, commit, key_of, want, write_pack

SOUND = {key_of("one"): b"rain", key_of("two"): b"and the sea"}
PICTURE, SPEECH = {key_of("cover"): b"a picture"}, {key_of("said"): b"spoken"}


def keep(records: Records, blobs: LocalBlobs) -> dict[str, str]:
    """Keep something of every kind for an owner, and something for another; the ids of the packs."""
    packs = {}
    for kind, contents in (("audio", SOUND), ("image", PICTURE), ("speech", SPEECH)):
        want(records, "owner", contents, kind)  # type: ignore[arg-type]
        pack = write_pack(blobs, contents, kind)  # type: ignore[arg-type]
        commit(records, pack)
        packs[kind] = pack.pack_id
    want(records, "other", [key_of("one"), key_of("said")])
    return packs


def test_sound_and_pictures_are_delivered(records: Records, blobs: LocalBlobs) -> None:
    """Each from its place with its checksums; speech is in no file."""
    packs = keep(records, blobs)
    with records.read(WORKSPACE) as tx:
        found = find_locations(tx, "owner")
    assert {key: location.size_bytes for key, location in found.items()} == {
        key: len(content) for key, content in (SOUND | PICTURE).items()
    }
    assert {location.pack_id for location in found.values()} == {packs["audio"], packs["image"]}
    assert all(len(location.block_crcs) == 1 for location in found.values())


def test_packs_must_reach_to_the_last_segment(records: Records, blobs: LocalBlobs) -> None:
    """Of several owners, the one that needs most of a pack says how much."""
    packs = keep(records, blobs)
    with records.read(WORKSPACE) as tx:
        places = find_locations(tx, "owner")
        one, two = places[key_of("one")], places[key_of("two")]
        assert find_pack_ends(tx, ["other"]) == {packs["audio"]: one.offset + one.size_bytes}
        for owners in (["owner", "other"], ["other", "owner"]):
            assert find_pack_ends(tx, owners)[packs["audio"]] == two.offset + two.size_bytes
        assert find_pack_ends(tx, []) == {}


def test_lost_sound_is_damage(records: Records, blobs: LocalBlobs) -> None:
    """It is noticed before anything is delivered, and lost speech is no concern."""
    keep(records, blobs)
    want(records, "owner", [key_of("more said")], "speech")
    with records.read(WORKSPACE) as tx:
        assert len(find_pack_ends(tx, ["owner"])) == 2
    want(records, "owner", [key_of("three")])
    with records.read(WORKSPACE) as tx:
        assert key_of("three") not in find_locations(tx, "owner")
        with pytest.raises(DataDamaged, match="owner"):
            find_pack_ends(tx, ["other", "owner"])


def test_another_workspace_has_no_such_places(records: Records, blobs: LocalBlobs) -> None:
    """An owner's name opens nothing elsewhere."""
    keep(records, blobs)
    with records.read(FOREIGN) as tx:
        assert find_locations(tx, "owner") == {}
        assert find_pack_ends(tx, ["owner"]) == {}
