"""Who was found is remembered for a moment, and of very many only the last."""

import pytest

from rhapsode.access.caller import Caller
from rhapsode.api import known_callers
from rhapsode.api.known_callers import KnownCallers
from rhapsode.studio.ids import ApiKeyId, WorkspaceId


@pytest.mark.anyio
async def test_who_was_found_is_remembered_and_whoever_is_gone_is_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Each is looked up once in a while; what opens nothing any more is forgotten, and so is whoever came first."""
    monkeypatch.setattr(known_callers, "KEY_MEMORY_S", 1_000)
    looked_up: list[str] = []
    gone: set[str] = set()

    def find(secret: str) -> Caller | None:
        looked_up.append(secret)
        return None if secret in gone else Caller("key", WorkspaceId("w"), ApiKeyId(secret))

    known = KnownCallers(most=2)
    for secret in ("sk_1", "sk_1", "sk_2", "sk_3", "sk_2"):
        found = await known.find("key", secret, find)
        assert found is not None
        assert found.key_id == secret
    assert looked_up == ["sk_1", "sk_2", "sk_3"]
    assert [known.knows("key", secret) for secret in ("sk_1", "sk_2", "sk_3")] == [False, True, True]
    # The same words, shown as something else, are somebody else.
    assert not known.knows("login", "sk_2")

    monkeypatch.setattr(known_callers, "KEY_MEMORY_S", 0)
    assert await known.find("key", "sk_1", find) is not None
    gone.add("sk_1")
    assert await known.find("key", "sk_1", find) is None
    assert not known.knows("key", "sk_1")
