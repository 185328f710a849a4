"""Sessions: a browser shows a cookie in place of a key, which only ever opens this one server (docs/people.md)."""

import contextlib
import secrets
from dataclasses import dataclass

from rhapsode.access.audit import note
from rhapsode.access.caller import Caller
from rhapsode.access.digests import digest_of
from rhapsode.access.permissions import missing_permission
from rhapsode.storage import sessions
from rhapsode.storage.records import Records
from rhapsode.storage.sessions import Session, SessionOwner, SignInMethod
from rhapsode.studio.errors import SessionNotFound, StorageFull
from rhapsode.studio.ids import SessionId, new_id
from rhapsode.studio.limits import SESSION_MAX_MS

_RANDOM_BYTES = 32


@dataclass(frozen=True, slots=True)
class NewSession:
    """A session that was just begun, and what the browser shows from now on."""

    session: Session
    secret: str


def begin_session(records: Records, caller: Caller, method: SignInMethod) -> NewSession:
    """Sign a browser in as whoever asks: a user, or a key that is nobody's."""
    secret = secrets.token_urlsafe(_RANDOM_BYTES)
    with records.write(caller.workspace_id) as tx:
        session = Session(
            session_id=SessionId(new_id(tx.now_ms)),
            user_id=caller.user_id,
            key_id=caller.key_id,
            method=method,
            created_at_ms=tx.now_ms,
            used_at_ms=tx.now_ms,
            expires_at_ms=tx.now_ms + SESSION_MAX_MS,
        )
        sessions.insert_session(tx, session, digest=digest_of(secret))
        note(tx, "session.begun", session.session_id, detail=method)
    return NewSession(session, secret)


def find_session_owner(records: Records, secret: str) -> SessionOwner | None:
    """Whose session a browser shows; None for one that has ended. It counts as used."""
    owner = sessions.find_session_owner(records, digest_of(secret))
    if owner is not None and owner.is_due_for_touch:
        # Where nothing can be written, what is there can still be read and deleted.
        with contextlib.suppress(StorageFull), records.write(owner.workspace_id) as tx:
            sessions.touch_session(tx, owner.session_id)
    return owner


def list_sessions(records: Records, caller: Caller) -> list[Session]:
    """The sessions of whoever asks; all of the workspace for whoever may manage its users."""
    with records.read(caller.workspace_id) as tx:
        if _sees_all(caller):
            return sessions.list_sessions(tx)
        return sessions.list_sessions(tx, user_id=caller.user_id, key_id=caller.key_id)


def end_session(records: Records, caller: Caller, session_id: SessionId) -> None:
    """End a session that `list_sessions` has. Raises: SessionNotFound."""
    with records.write(caller.workspace_id) as tx:
        session = sessions.get_session(tx, session_id)
        if not _is_own(caller, session) and not _sees_all(caller):
            msg = f"There is no session {session_id}."
            raise SessionNotFound(msg)
        sessions.delete_session(tx, session_id)
        note(tx, "session.ended", session_id)


def _is_own(caller: Caller, session: Session) -> bool:
    if caller.user_id is not None:
        return session.user_id == caller.user_id
    return session.user_id is None and session.key_id == caller.key_id


def _sees_all(caller: Caller) -> bool:
    return missing_permission(caller.allowed, "workspace_members_invite") is None
