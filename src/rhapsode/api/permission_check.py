"""Whether somebody who was let in may do what they ask for; where they may not, that is noted in the audit log."""

import asyncio

from cachetools import TTLCache
from starlette.requests import HTTPConnection

from rhapsode.access.caller import Caller
from rhapsode.access.permissions import missing_permission, permission_of
from rhapsode.access.sign_ins import SignIns
from rhapsode.api.refusals import Refusal

# A client that doesn't understand a refusal asks again and again, and the log would be full of it.
_NOTED_AGAIN_AFTER_S = 60
_MOST_NOTED = 1_000


class PermissionCheck:
    """sign_ins: notes refusals; None where nobody does."""

    def __init__(self, sign_ins: SignIns | None) -> None:
        self._sign_ins = sign_ins
        self._noted: TTLCache[tuple[Caller, str], bool] = TTLCache(_MOST_NOTED, _NOTED_AGAIN_AFTER_S)

    async def refuse(self, request: HTTPConnection, caller: Caller) -> Refusal | None:
        """What is missing, in the words of the original; None where nothing is."""
        missing = missing_permission(caller.allowed, needed_for(request))
        if missing is None:
            return None
        await self._note(caller, str(request.state.address), missing)
        who = "The API key you used" if caller.kind == "key" else "Your account"
        message = f"{who} is missing the permission {missing} to execute this operation."
        return Refusal(401, "missing_permissions", message)

    async def _note(self, caller: Caller, address: str, missing: str) -> None:
        if self._sign_ins is None or (caller, missing) in self._noted:
            return
        self._noted[caller, missing] = True
        await asyncio.to_thread(self._sign_ins.note_refusal, caller, address, missing)


def needed_for(request: HTTPConnection) -> str:
    """See `permission_of`."""
    return permission_of(request.scope.get("method", "GET"), request.scope["path"])
