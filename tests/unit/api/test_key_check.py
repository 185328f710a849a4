"""What goes wrong while somebody is looked up is an error of the server, and not a refusal."""

import httpx
import pytest
from starlette.types import Receive, Scope, Send
from structlog.testing import capture_logs

from rhapsode.access.caller import Caller
from rhapsode.access.rule import AccessRule
from rhapsode.access.sign_ins import SignIns
from rhapsode.api.addresses import Addresses
from rhapsode.api.key_check import KeyCheck
from rhapsode.api.request_frame import RequestFrame
from rhapsode.studio.errors import DataDamaged, RhapsodeError, SignInRefused, StorageFull


class Failing(SignIns):
    """Of which every look-up goes wrong."""

    __slots__ = ()
    error: RhapsodeError

    def find_by_session(self, secret: str) -> Caller | None:
        """See SignIns."""
        raise self.error


async def nothing(_scope: Scope, _receive: Receive, _send: Send) -> None:
    raise AssertionError


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("error", "status", "logged"),
    [
        (SignInRefused("No."), 403, []),
        (StorageFull(), 507, ["request_failed"]),
        (DataDamaged("Gone."), 500, ["request_failed"]),
    ],
)
async def test_what_is_the_servers_fault_is_logged(
    error: RhapsodeError, status: int, logged: list[str]
) -> None:
    """Who is refused is only told so."""
    Failing.error = error
    access = AccessRule(lambda _secret: None, sign_ins=Failing(None))  # type: ignore[arg-type]
    app = RequestFrame(KeyCheck(nothing, access, Addresses("http://here")))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://here") as http:
        with capture_logs() as logs:
            answer = await http.get("/v1/models", headers={"cookie": "rhapsode-session=x"})

    assert answer.status_code == status
    assert [entry["event"] for entry in logs if entry["event"] != "request"] == logged
