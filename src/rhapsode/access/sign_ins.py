"""Who a browser is signed in as, for the check that every request passes."""

from dataclasses import dataclass, field

from rhapsode.access.audit import note_alone
from rhapsode.access.caller import Caller, caller_of_proxy, caller_of_session
from rhapsode.access.sessions import find_session_owner
from rhapsode.access.sign_in import SignInRule, sign_in_by_login
from rhapsode.storage.audit import acting
from rhapsode.storage.records import Records


@dataclass(frozen=True, slots=True)
class SignIns:
    """Sessions, and what proxies say. All of it touches the records, so it is called in a thread."""

    records: Records
    rule: SignInRule = field(default_factory=SignInRule)

    def find_by_session(self, secret: str) -> Caller | None:
        """Whose session a cookie shows; None where it shows none that works."""
        owner = find_session_owner(self.records, secret)
        return None if owner is None else caller_of_session(owner)

    def get_by_login(self, login: str) -> Caller:
        """Whom a trusted proxy names; made, where the rule allows that. Raises: SignInRefused; InvalidInput."""
        return caller_of_proxy(sign_in_by_login(self.records, self.rule, login))

    def note_refusal(self, caller: Caller, address: str, needed: str) -> None:
        """Note that somebody was refused an operation. needed: the permission that they lack."""
        with acting(caller.actor(address)):
            note_alone(self.records, caller.workspace_id, "permission.refused", detail=needed)
