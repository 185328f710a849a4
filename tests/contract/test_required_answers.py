"""What has to be answered to requests that are wrong or hostile, one test for each.

Most of it is shown in detail elsewhere: `SHOWN` says where, and that is looked up. The rest is asked here.
"""

import importlib
import re
import socket
from urllib.parse import urlsplit

import httpx
import pytest

from rhapsode.access.keys import find_owner
from rhapsode.access.rule import AccessRule
from rhapsode.studio.limits import MAX_FORM_BODY_BYTES, MAX_JSON_BODY_BYTES

from .asking import raw_http
from .journeys import error_of
from .probing import probed
from .running import LiveServer
from .speaking import speak

SHOWN = {
    "none: 401 needs_authorization": "contract.test_access:test_a_request_without_a_key_is_told_so",
    "a bad key: 401 invalid_api_key": "contract.test_access:test_a_wrong_key_is_invalid",
    "an expired key: 401": "contract.test_limits:test_a_key_that_has_expired_is_invalid",
    "keys are hashed": "unit.access.test_keys:test_the_digest_is_all_that_is_compared",
    "no start on a public address without a key": "acceptance.test_serve:test_no_auth_is_for_this_machine_alone",
    "foreign Origin or Host without a key: 403": (
        "contract.test_access:test_a_server_without_keys_keeps_pages_of_elsewhere_out"
    ),
    "foreign or absent: the same 404": "contract.test_not_found:test_every_absent_thing_is_told_in_the_same_way",
    "history/download with an unknown id": (
        "contract.test_seed_history_download:test_an_unknown_id_gives_an_error_and_no_bytes"
    ),
    "history/download with a foreign id": (
        "contract.test_seed_history_download:test_another_workspace_s_id_gives_an_error_and_no_bytes"
    ),
    "its list is capped": "contract.test_seed_history_download:test_ten_thousand_ids_are_too_many_by_one_more",
    "duplicates are folded": "contract.test_seed_history_download:test_an_id_given_twice_is_one_entry",
    "a body of unknown length over its limit: 413": "contract.test_errors:test_a_body_of_unknown_length_is_counted",
    "one range: 206": "contract.test_downloads:test_any_part_can_be_had",
    "several ranges: the whole": "contract.test_downloads:test_what_fits_no_part_is_the_whole",
    "unsatisfiable: 416": "contract.test_downloads:test_a_part_beyond_the_end_is_refused",
    "queue full: 429 for JSON, forms are taken": "contract.test_limits:test_a_full_server_says_when_to_ask_again",
    "headers over 16 KB or 100: 431": "unit.cli.test_guarded_http:test_what_is_too_long_for_a_head_is_said",
    "half a header for 10 s: closed": "unit.cli.test_guarded_http:test_half_a_head_is_closed",
    "X-Forwarded-For only from a trusted proxy": (
        "contract.test_limits:test_addresses_behind_a_trusted_proxy_are_apart"
    ),
    "commands are for nobody who comes through a proxy": (
        "contract.test_proxy:test_commands_are_for_nobody_who_comes_through"
    ),
    "an RFC 6266 name in any script": "contract.test_seed_archive:test_a_name_in_any_script_comes_through",
}


@pytest.mark.parametrize("answer", SHOWN)
def test_it_is_shown(answer: str) -> None:
    """The test that shows a required answer exists, and is one that is run."""
    module, _, name = SHOWN[answer].partition(":")
    assert callable(getattr(importlib.import_module(f"tests.{module}"), name))


def test_a_key_in_an_address_opens_nothing(server: LiveServer, anonymous: httpx.Client) -> None:
    """Addresses end up in logs and histories, under whichever name the key stands there."""
    for name in ("xi-api-key", "xi_api_key", "api_key", "authorization"):
        answer = anonymous.get("/v1/voices", params={name: server.key})
        assert error_of(answer) == (401, "needs_authorization")


@pytest.mark.parametrize(
    ("path", "kind", "limit_bytes"),
    [
        ("/v1/text-to-speech/tone_low", "application/json", MAX_JSON_BODY_BYTES),
        ("/v1/studio/projects", "multipart/form-data; boundary=x", MAX_FORM_BODY_BYTES),
    ],
)
def test_a_body_over_its_limit_is_413_before_it_is_buffered(
    server: LiveServer, path: str, kind: str, limit_bytes: int
) -> None:
    """Its length is enough: no byte of it has been sent."""
    address = urlsplit(server.url)
    head = (
        f"POST {path} HTTP/1.1\r\nHost: {address.netloc}\r\nxi-api-key: {server.key}\r\n"
        f"Content-Type: {kind}\r\nContent-Length: {limit_bytes + 1}\r\n\r\n"
    )
    with socket.create_connection((str(address.hostname), address.port), timeout=20) as client:
        client.sendall(head.encode())
        assert client.recv(4096).startswith(b"HTTP/1.1 413 ")


def test_a_download_has_nosniff_and_a_name(http: httpx.Client) -> None:
    """As RFC 6266 has it, so a browser keeps it as a file and takes it for nothing else."""
    item_ids = [speak(http, "One"), speak(http, "Two")]
    for asked in (item_ids[:1], item_ids):
        answer = http.post("/v1/history/download", json={"history_item_ids": asked})
        assert answer.status_code == 200
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert re.fullmatch(
            r'attachment; filename="[ -~]+"(; filename\*=.+)?', answer.headers["content-disposition"]
        )


def test_the_unhandled_is_500_with_its_id_and_nothing_else(server: LiveServer) -> None:
    """No trace, no path, no name of a class: the log has them, beside the same id."""
    rule = AccessRule(lambda secret: find_owner(server.records, secret))
    with probed(server, rule) as url, raw_http(url, server.key) as http:
        answer = http.get("/v1/probe/errors/Nothing")
    assert error_of(answer) == (500, "internal_error")
    assert answer.json()["detail"]["request_id"] == answer.headers["x-trace-id"]
    for word in ("Traceback", "ZeroDivision", "rhapsode/", ".py", "cellar"):
        assert word not in answer.text
