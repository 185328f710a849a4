"""Links: addresses of one thing each, for clients that send no key (docs/decisions/0034).

What opens one is a signature: it is always the same until it is revoked, nothing is kept of it, and it says nothing
of the key with which it was asked for.
"""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from rhapsode.storage import links, workspaces
from rhapsode.storage.records import Records, Transaction
from rhapsode.studio.errors import LinkNotFound
from rhapsode.studio.ids import WorkspaceId

LinkKind = Literal["cover", "feed", "preview"]
"""Of a project its cover, or its feed with all that this names; of a voice how it sounds."""

_SECRET_BYTES = 32


@dataclass(frozen=True, slots=True)
class Signer:
    """Makes the tokens of one kind of links of a workspace, as they are at one moment."""

    kind: LinkKind
    secret: bytes
    revoked_counts: Mapping[str, int]

    def token(self, resource_id: str) -> str:
        """What opens the link to a resource: 43 characters that need no quoting in an address."""
        resource = _resource(self.kind, resource_id)
        return _sign(self.secret, resource, self.revoked_counts.get(resource, 0))


def get_signer(records: Records, workspace_id: WorkspaceId, kind: LinkKind) -> Signer:
    """What signs links of a kind. The workspace has to exist, and is given a secret the first time."""
    with records.read(workspace_id) as tx:
        secret, counts = links.find_link_secret(tx), links.list_revoked_counts(tx, kind)
    return Signer(kind, secret or _new_secret(records, workspace_id), counts)


def _new_secret(records: Records, workspace_id: WorkspaceId) -> bytes:
    with records.write(workspace_id) as tx:
        links.keep_link_secret(tx, secrets.token_bytes(_SECRET_BYTES))
        # Somebody else may have been quicker.
        kept = links.find_link_secret(tx)
    assert kept is not None
    return kept


def check_link(tx: Transaction, kind: LinkKind, resource_id: str, token: str) -> None:
    """Raises LinkNotFound, unless this token opens this resource of the transaction's workspace, and still does."""
    resource = _resource(kind, resource_id)
    if not workspaces.is_open(tx):
        raise LinkNotFound
    # Of a workspace that has told no link, none is right.
    secret = links.find_link_secret(tx) or secrets.token_bytes(_SECRET_BYTES)
    right = _sign(secret, resource, links.get_revoked_count(tx, resource))
    if not hmac.compare_digest(right.encode(), token.encode("utf-8", "surrogateescape")):
        raise LinkNotFound


def revoke_link(tx: Transaction, kind: LinkKind, resource_id: str) -> None:
    """Let a resource's address open nothing any more; from now on it has another one."""
    links.revoke_link(tx, _resource(kind, resource_id))


def _resource(kind: LinkKind, resource_id: str) -> str:
    return f"{kind}:{resource_id}"


def _sign(secret: bytes, resource: str, revoked_count: int) -> str:
    signature = hmac.digest(
        secret, f"{revoked_count}:{resource}".encode("utf-8", "surrogateescape"), hashlib.sha256
    )
    return base64.urlsafe_b64encode(signature).rstrip(b"=").decode()
