"""Links open one resource of one workspace until they are revoked, and reading writes nothing."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.factories import open_records

from rhapsode.access.links import LinkKind, check_link, get_signer, revoke_link
from rhapsode.storage.links import find_link_secret
from rhapsode.storage.records import DEFAULT_WORKSPACE_ID, Records, ensure_workspace
from rhapsode.studio.errors import LinkNotFound
from rhapsode.studio.ids import WorkspaceId

WORKSPACE = DEFAULT_WORKSPACE_ID
FOREIGN = WorkspaceId("foreign")


@pytest.fixture
def records(tmp_path: Path) -> Iterator[Records]:
    """New records with two workspaces."""
    records = open_records(tmp_path / "records.sqlite3")
    with records.write(FOREIGN) as tx:
        ensure_workspace(tx)
    yield records
    records.close()


def opens(
    records: Records,
    token: str,
    resource_id: str,
    kind: LinkKind = "feed",
    workspace: WorkspaceId = WORKSPACE,
) -> bool:
    """Whether a token opens a resource."""
    with records.read(workspace) as tx:
        try:
            check_link(tx, kind, resource_id, token)
        except LinkNotFound:
            return False
    return True


def test_a_link_opens_its_resource_and_nothing_else(records: Records) -> None:
    """Not the same resource by another kind of link, not another one, and nothing of another workspace."""
    token = get_signer(records, WORKSPACE, "feed").token("tides")
    get_signer(records, FOREIGN, "feed")
    assert opens(records, token, "tides")
    assert not opens(records, token, "tides", kind="cover")
    assert not opens(records, token, "tide")
    assert not opens(records, token, "tides", workspace=FOREIGN)
    assert not opens(records, token, "tides", workspace=WorkspaceId("nowhere"))
    for wrong in ("", token[:-1], f"{token}=", token.swapcase(), "\udcff", "é" * 43):
        assert not opens(records, wrong, "tides")


def test_a_link_stays_until_it_is_revoked(records: Records, tmp_path: Path) -> None:
    """Then it has another token, and so after each time; those of others stay what they are, also after a restart."""
    seen = []
    other = get_signer(records, WORKSPACE, "feed").token("ebb")
    for _ in range(3):
        token = get_signer(records, WORKSPACE, "feed").token("tides")
        assert get_signer(records, WORKSPACE, "feed").token("tides") == token
        with records.write(WORKSPACE) as tx:
            revoke_link(tx, "feed", "tides")
        assert not opens(records, token, "tides")
        seen.append(token)
    assert len(set(seen)) == 3
    assert opens(records, other, "ebb")
    records.close()
    reopened = open_records(tmp_path / "records.sqlite3")
    assert get_signer(reopened, WORKSPACE, "feed").token("ebb") == other
    assert not any(opens(reopened, token, "tides") for token in seen)
    reopened.close()


def test_a_workspace_signs_with_a_secret_of_its_own(records: Records) -> None:
    """Of 256 bits, made when the first link is told; a check of one makes none."""
    assert not opens(records, "guess", "tides")
    with records.read(WORKSPACE) as tx:
        assert find_link_secret(tx) is None
    for workspace in (WORKSPACE, FOREIGN):
        get_signer(records, workspace, "cover")
    with records.read(WORKSPACE) as tx, records.read(FOREIGN) as foreign:
        secret, other = find_link_secret(tx), find_link_secret(foreign)
    assert secret is not None
    assert other is not None
    assert len(secret) == len(other) == 32
    assert secret != other
    assert get_signer(records, WORKSPACE, "feed").secret == secret
