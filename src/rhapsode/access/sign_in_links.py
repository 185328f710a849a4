"""Links that sign a browser in once: whoever runs the server is shown one, and needs no key for its pages.

They are in the memory of the process that has made them, as digests: what it leaves behind, and what is copied of its
records, opens nothing (docs/decisions/0069).
"""

import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from rhapsode.access.caller import Caller
from rhapsode.access.digests import digest_of
from rhapsode.access.keys import create_api_key, list_api_keys
from rhapsode.access.sessions import NewSession, begin_session
from rhapsode.storage.api_keys import NO_TERMS, ApiKey
from rhapsode.storage.audit import acting
from rhapsode.storage.records import DEFAULT_WORKSPACE_ID, Records
from rhapsode.storage.workspaces import is_open
from rhapsode.studio.errors import SignInRefused
from rhapsode.studio.limits import MAX_SIGN_IN_LINKS, SIGN_IN_LINK_S

_RANDOM_BYTES = 32
_KEY_NAME = "sign-in link"


class SignInLinks:
    """Links that nobody has used yet. For any number of threads.

    clock: seconds that never go back.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._expiries_s: dict[bytes, float] = {}

    def new_token(self) -> str:
        """What the next link has in it: 256 random bits in base64url. Of very many links the oldest end."""
        token = secrets.token_urlsafe(_RANDOM_BYTES)
        with self._lock:
            self._forget_expired()
            while len(self._expiries_s) >= MAX_SIGN_IN_LINKS:
                del self._expiries_s[next(iter(self._expiries_s))]
            self._expiries_s[digest_of(token)] = self._clock() + SIGN_IN_LINK_S
        return token

    def spend(self, token: str) -> bool:
        """Whether a link has this token, which then is no link's any more.

        Each digest is compared in full: how long that takes tells nothing of the tokens.
        """
        shown = digest_of(token)
        with self._lock:
            self._forget_expired()
            matches = [digest for digest in self._expiries_s if secrets.compare_digest(digest, shown)]
            for digest in matches:
                del self._expiries_s[digest]
        return bool(matches)

    def _forget_expired(self) -> None:
        now_s = self._clock()
        self._expiries_s = {digest: end_s for digest, end_s in self._expiries_s.items() if end_s > now_s}


@dataclass(frozen=True, slots=True)
class Welcomed:
    """Whose session a link has begun."""

    caller: Caller
    new: NewSession


def begin_linked_session(
    records: Records, links: SignInLinks | None, token: str, *, address: str
) -> Welcomed:
    """Sign a browser in with a link, as a key of the default workspace that may do everything in it.

    links: None where nobody is asked for a key.    address: of the network, for the audit log.
    Raises: SignInRefused.
    """
    if links is None:
        msg = "This server asks nobody for a key, so there is nothing to sign in to."
        raise SignInRefused(msg)
    if not links.spend(token):
        msg = "This link was used, or is older than ten minutes. `rhapsode sign-in` prints another."
        raise SignInRefused(msg)
    with records.read(DEFAULT_WORKSPACE_ID) as tx:
        if not is_open(tx):
            msg = "The workspace that this link opens is closed. Ask whoever runs this server."
            raise SignInRefused(msg)
    key = _find_whole_key(records) or _new_key(records)
    caller = Caller("key", DEFAULT_WORKSPACE_ID, key.key_id)
    with acting(caller.actor(address)):
        return Welcomed(caller, begin_session(records, caller, "link"))


def _find_whole_key(records: Records) -> ApiKey | None:
    """The oldest key of the workspace itself that works and is limited in nothing."""
    for key in list_api_keys(records, DEFAULT_WORKSPACE_ID):
        if key.user_id is None and key.revoked_at_ms is None and key.terms == NO_TERMS:
            return key
    return None


def _new_key(records: Records) -> ApiKey:
    """A key that nobody knows the secret of: sessions are listed with it, and end when it is revoked."""
    return create_api_key(records, DEFAULT_WORKSPACE_ID, name=_KEY_NAME).api_key
