"""One error table: every error has the shape that readers of today's and of yesterday's contract know."""

import json
import time
from collections.abc import Iterator
from functools import partial
from typing import Any

import httpx
import pytest
from starlette.requests import Request
from structlog.contextvars import merge_contextvars
from structlog.testing import capture_logs

from rhapsode.access.keys import find_owner
from rhapsode.access.rule import AccessRule
from rhapsode.api.errors import answer_error, error_response, find_answer
from rhapsode.studio import errors
from rhapsode.studio.errors import RhapsodeError
from rhapsode.studio.limits import MAX_JSON_BODY_BYTES

from .asking import NO_AUTHORITIES
from .journeys import error_of
from .probing import probed
from .published import ERROR_TYPES
from .running import LiveServer


def all_errors() -> list[type[RhapsodeError]]:
    """Every class of the tree of errors."""
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type)]
    return [kind for kind in kinds if issubclass(kind, RhapsodeError)]


JSON_TYPE = {"content-type": "application/json"}
RETRIED_BY_SDKS = {408, 409, 429, *range(500, 600)}


@pytest.fixture
def logs() -> Iterator[list[Any]]:
    """What is logged from now on, instead of being printed."""
    with capture_logs(processors=[merge_contextvars]) as entries:
        yield entries


@pytest.fixture
def probe(server: LiveServer, logs: list[Any]) -> Iterator[httpx.Client]:
    """Raw HTTP, with a key, to the application with routes that fail."""
    access = AccessRule(partial(find_owner, server.records))
    with probed(server, access) as url:
        headers = {"xi-api-key": server.key}
        with httpx.Client(base_url=url, headers=headers, timeout=60, verify=NO_AUTHORITIES) as client:
            yield client


def test_a_success_names_its_request(http: httpx.Client) -> None:
    """Both headers have the same id, and another one the next time."""
    first, second = (http.get("/v1/models").headers for _ in range(2))

    assert first["request-id"] == first["x-trace-id"] != second["request-id"]
    assert len(first["request-id"]) == 20


def test_an_error_names_its_request_in_body_and_header(http: httpx.Client) -> None:
    """Under every name that one of its readers looks for; the JavaScript SDK has one of its own."""
    response = http.get("/v1/voices/nobody")

    request_id = response.json()["detail"]["request_id"]
    for name in ("request-id", "x-trace-id", "x-request-id"):
        assert response.headers[name] == request_id


@pytest.mark.parametrize("path", ["/nowhere", "/v1", "/v1/nowhere", "/v1/workspace", "/v3/voices"])
def test_an_unknown_route_is_plainly_not_found(http: httpx.Client, path: str) -> None:
    """The shape of the original, which isn't that of its other errors."""
    response = http.get(path)

    assert (response.status_code, response.json()) == (404, {"detail": "Not Found"})


def test_a_wrong_method_is_plainly_not_allowed(http: httpx.Client) -> None:
    """And the header says which are."""
    response = http.put("/v1/models")

    assert (response.status_code, response.json()) == (405, {"detail": "Method Not Allowed"})
    assert response.headers["allow"] == "GET"


def test_every_error_of_ours_has_its_answer(probe: httpx.Client) -> None:
    """Status, type and code belong together, and only what another attempt may mend invites one."""
    for kind in all_errors():
        response = probe.get(f"/v1/probe/errors/{kind.__name__}")

        status, detail = response.status_code, response.json()["detail"]
        assert set(detail) == {"type", "code", "message", "status", "request_id"}, kind
        assert (detail["code"], detail["message"]) == (kind.code, "The cellar is flooded."), kind
        assert detail["type"] in ERROR_TYPES[status], kind
        assert (status in (503, 507)) == kind.can_retry, kind
        assert kind.code.endswith("_not_found") <= (status in (400, 404)), kind


def test_what_clients_tell_apart(probe: httpx.Client) -> None:
    """Status and code as the contract's notes recommend; the older slug of a history item stays."""
    answers = {
        "ProjectNotFound": (404, "project_not_found", "project_not_found"),
        "ChapterNotFound": (404, "chapter_not_found", "chapter_not_found"),
        "SnapshotNotFound": (404, "snapshot_not_found", "snapshot_not_found"),
        "HistoryItemNotFound": (404, "history_item_not_found", "invalid_id"),
        "UnknownVoice": (404, "voice_not_found", "voice_not_found"),
        "UnknownModel": (400, "model_not_found", "model_not_found"),
        "DocumentRefused": (400, "invalid_file_type", "invalid_file_type"),
        "TextTooLong": (400, "text_too_long", "text_too_long"),
        "EmptyText": (400, "empty_text", "empty_text"),
        "InvalidPageSize": (400, "invalid_page_size", "invalid_page_size"),
        "StorageFull": (507, "storage_full", "storage_full"),
        "EngineFailed": (503, "engine_failed", "engine_failed"),
        "EngineUnavailable": (503, "engine_unavailable", "engine_unavailable"),
        "DataDamaged": (500, "data_damaged", "data_damaged"),
    }
    for name, answer in answers.items():
        response = probe.get(f"/v1/probe/errors/{name}")

        detail = response.json()["detail"]
        assert (response.status_code, detail["code"], detail["status"]) == answer


def test_no_error_makes_a_client_send_a_form_again(logs: list[Any]) -> None:
    """The Python SDK would repeat it without its fields, and its caller never learn what was wrong."""
    headers = [(b"content-type", b"multipart/form-data; boundary=x")]
    scope = {"type": "http", "method": "POST", "path": "/v1/studio/projects", "headers": headers}
    form, other = Request(scope), Request({**scope, "path": "/v1/text-to-speech/tone_low"})
    answers = [(kind.__name__, answer_error(form, kind("The cellar is flooded."))) for kind in all_errors()]
    answers += [
        (str(status), error_response(form, http_status=status, code="probe", message="No."))
        for status in (429, 500, 503, 507)
    ]
    for name, response in answers:
        assert 400 <= response.status_code < 500, name
        assert response.status_code not in RETRIED_BY_SDKS, name
        assert json.loads(bytes(response.body))["detail"]["type"] in ERROR_TYPES[response.status_code], name
    # Where no form is read, to say that there is one changes nothing.
    assert answer_error(other, errors.StorageFull()).status_code == 507


def test_the_table_answers_kinds_it_has_never_heard_of() -> None:
    """A new error below a known one is answered as that one is."""

    class LostGlove(errors.NotFound):
        pass

    assert find_answer(LostGlove()) == find_answer(errors.NotFound())
    assert find_answer(errors.ConversionFailed()).http_status == 500


def test_an_error_without_words_says_what_its_kind_means(probe: httpx.Client) -> None:
    """A message is never empty."""
    detail = probe.get("/v1/probe/silent").json()["detail"]

    assert detail["message"] == "Something went wrong that a person can be told in a sentence."


def test_a_surprise_is_logged_and_kept_from_the_client(probe: httpx.Client, logs: list[Any]) -> None:
    """The answer has the request's id and nothing of the cause; the log has both."""
    response = probe.get("/v1/probe/errors/none")

    assert error_of(response) == (500, "internal_error")
    assert "cellar" not in response.text
    assert "Traceback" not in response.text
    request_id = response.headers["x-trace-id"]
    (failure,) = (entry for entry in logs if entry["event"] == "request_failed")
    assert isinstance(failure["exc_info"], ZeroDivisionError)
    assert failure["request_id"] == request_id == response.json()["detail"]["request_id"]


def test_each_request_is_one_line_of_the_log(
    probe: httpx.Client, server: LiveServer, logs: list[Any]
) -> None:
    """What was asked and by whom, how it ended and how long it took; nothing of query, headers or body."""
    response = probe.post("/v1/probe?secret=1", json={"text": "A secret."})

    # Written when the response has been sent, which its client may be first to see.
    written_by_s = time.monotonic() + 5
    while not logs and time.monotonic() < written_by_s:
        time.sleep(0.01)
    (line,) = logs
    duration_ms = line.pop("duration_ms")
    assert line.pop("key_id")
    assert line == {
        "event": "request",
        "log_level": "info",
        "method": "POST",
        "path": "/v1/probe",
        "operation": "POST /v1/probe",
        "workspace_id": server.workspace_id,
        "sent_bytes": len(response.content),
        "status": 200,
        "request_id": response.headers["x-trace-id"],
    }
    assert 0 < duration_ms < 60_000


@pytest.mark.parametrize(
    ("path", "logged"),
    [
        ("/player/0123456789abcdef/audio", "/player/.../audio"),
        ("/player/0123456789abcdef", "/player/..."),
        ("/player/static/player.js", "/player/static/player.js"),
    ],
)
def test_the_log_keeps_what_opens_a_player_to_itself(
    probe: httpx.Client, logs: list[Any], path: str, logged: str
) -> None:
    """A path may hold a secret too."""
    probe.get(path)

    written_by_s = time.monotonic() + 5
    while not logs and time.monotonic() < written_by_s:
        time.sleep(0.01)
    assert [line["path"] for line in logs if line["event"] == "request"] == [logged]


def test_a_response_that_fails_half_way_never_looks_whole(probe: httpx.Client, logs: list[Any]) -> None:
    """Its connection is broken off, and the log says so; the next request is answered."""
    with pytest.raises(httpx.RemoteProtocolError):
        probe.get("/v1/probe/half")

    assert [entry["event"] for entry in logs if entry["log_level"] == "error"] == ["response_broken_off"]
    assert probe.get("/v1/models").status_code == 200


def test_a_body_of_the_wrong_shape_is_a_list_of_problems(probe: httpx.Client) -> None:
    """Each with its type, place, message and input, and no link."""
    problems: list[tuple[Any, str, list[str]]] = [
        ({}, "missing", ["body", "text"]),
        ({"text": None}, "string_type", ["body", "text"]),
        ({"text": "x", "count": "many"}, "int_parsing", ["body", "count"]),
        ([], "model_attributes_type", ["body"]),
    ]
    for body, kind, location in problems:
        response = probe.post("/v1/probe", json=body)

        assert response.status_code == 422
        (problem,) = response.json()["detail"]
        assert (problem["type"], problem["loc"]) == (kind, location)
        assert {"msg", "input"} <= set(problem) <= {"type", "loc", "msg", "input", "ctx"}


def test_what_is_no_json_is_a_problem_too(probe: httpx.Client) -> None:
    """As the original's framework says it."""
    for body in (b"{", b"{'text': 'x'}", b'{"text": "x",}'):
        response = probe.post("/v1/probe", content=body, headers=JSON_TYPE)

        assert response.status_code == 422
        assert response.json()["detail"][0]["type"] == "json_invalid"
    assert probe.post("/v1/probe", headers=JSON_TYPE).json()["detail"][0]["type"] == "missing"


def test_no_input_is_too_odd_to_be_told_back(probe: httpx.Client) -> None:
    """Numbers that JSON lacks, and depths that nobody needs, are refused with a list that can be parsed."""
    for body in (
        b'{"text": NaN}',
        b'{"text": [Infinity, -Infinity]}',
        b'{"text": "x", "count": 1e999}',
        b"[" * 500 + b"]" * 500,
    ):
        response = probe.post("/v1/probe", content=body, headers=JSON_TYPE)

        assert response.status_code == 422
        assert response.json()["detail"]


def test_half_a_character_is_refused(probe: httpx.Client) -> None:
    """Wherever it stands, escaped or as bytes; whole ones are let through, escaped or not."""
    for body in (
        rb'{"text": "\ud83e"}',
        rb'{"text": "\udd2d\ud83e"}',
        rb'{"text": "x", "mood": ["\uD83E"]}',
        rb'{"\ud83e": "x"}',
        b'{"text": "\xed\xa0\xbe"}',
    ):
        response = probe.post("/v1/probe", content=body, headers=JSON_TYPE)

        assert error_of(response) == (400, "invalid_parameters"), body
        assert "half of a character" in response.json()["detail"]["message"]
    for body in (rb'{"text": "\ud83e\udd2d"}', '{"text": "🤭"}'.encode()):
        assert probe.post("/v1/probe", content=body, headers=JSON_TYPE).json()["text"] == "🤭"


@pytest.mark.parametrize(
    "headers", [{}, {"content-type": "application/vnd.tides+json"}, {"content-type": "Application/JSON; a=b"}]
)
def test_half_a_character_is_refused_wherever_json_is_read(
    http: httpx.Client, headers: dict[str, str]
) -> None:
    """Without a type, or with any that means JSON."""
    bodies = {
        "/v1/history/download": rb'{"history_item_ids": ["\ud83d"]}',
        "/v1/text-to-speech/tone_low": rb'{"text": "\ud83d"}',
        "/v1/studio/projects": rb'{"name": "\ud83d"}',
        "/v1/studio/projects/any": rb'{"name": "\ud83d"}',
        "/v1/studio/projects/any/chapters": rb'{"name": "\ud83d"}',
        "/v1/studio/projects/any/chapters/any": rb'{"name": "\ud83d"}',
        "/v1/studio/projects/any/snapshots/any/stream": rb'{"x": "\ud83d"}',
    }
    for path, body in bodies.items():
        response = http.post(path, content=body, headers=headers)

        assert error_of(response) == (400, "invalid_parameters"), path
        assert "half of a character" in response.json()["detail"]["message"]


@pytest.mark.parametrize("body", [b"[" * 200_000 + rb'"\ud83d"', rb'{"a": "\ud83d"}', b"{"])
def test_a_body_that_nobody_asked_for_is_not_looked_at(http: httpx.Client, body: bytes) -> None:
    """Where a route takes none, whatever is sent along means nothing."""
    project_id = http.post("/v1/studio/projects", data={"name": "Tides"}).json()["project"]["project_id"]
    path = f"/v1/studio/projects/{project_id}"

    assert http.post(f"{path}/convert", content=body, headers=JSON_TYPE).json() == {"status": "ok"}
    response = http.post(f"{path}/snapshots/any/archive", content=body, headers=JSON_TYPE)
    assert error_of(response) == (404, "snapshot_not_found")


def test_depths_that_nobody_needs_are_refused(probe: httpx.Client) -> None:
    """Whether or not a parser, or whoever tells them back, can follow."""
    for depth in (500, 850, *range(900, 1_000, 5), 20_000, 200_000):
        for body in (b"[" * depth + b"]" * depth, b'{"text":' * depth + b"1" + b"}" * depth, b"[" * depth):
            response = probe.post("/v1/probe", content=body, headers=JSON_TYPE)

            assert response.status_code in (400, 422), depth
            assert response.json()["detail"]


def test_a_file_where_a_word_belongs_is_a_problem(probe: httpx.Client) -> None:
    """Its bytes are not told back."""
    response = probe.post("/v1/probe/form", files={"name": b"\xff\xfe", "document": b"x"})

    assert response.status_code == 422
    assert response.json()["detail"][0]["loc"] == ["body", "name"]


def test_many_problems_are_told_as_a_hundred(probe: httpx.Client) -> None:
    """So that a short request can't ask for an endless answer."""
    response = probe.post("/v1/probe/many", json=[{"text": 1}] * 1000)

    assert response.status_code == 422
    assert len(response.json()["detail"]) == 100


def test_bytes_that_are_no_text_are_an_invalid_body(probe: httpx.Client) -> None:
    """JSON is UTF-8."""
    for body in (b'{"text": "\xff"}', b"\x80"):
        response = probe.post("/v1/probe", content=body, headers=JSON_TYPE)

        assert error_of(response) == (400, "invalid_parameters")


def test_a_form_that_is_none_is_an_invalid_body(probe: httpx.Client) -> None:
    """A multipart type without a boundary, and a body that breaks off."""
    for content_type in ("multipart/form-data", "multipart/form-data; boundary=x"):
        response = probe.post("/v1/probe/form", content=b"--y\r\n", headers={"content-type": content_type})

        assert response.status_code in (400, 422), content_type


def test_a_body_over_the_limit_is_refused_by_its_length(probe: httpx.Client) -> None:
    """With a status after which no SDK tries again."""
    response = probe.post("/v1/probe", content=b" " * (MAX_JSON_BODY_BYTES + 1))

    assert error_of(response) == (413, "content_too_large")
    assert "8 MiB" in response.json()["detail"]["message"]
    assert response.status_code not in RETRIED_BY_SDKS


def test_a_body_of_unknown_length_is_counted(probe: httpx.Client) -> None:
    """A chunked body is read up to the limit and no further; up to it, it is read."""

    def chunks(size_bytes: int) -> Iterator[bytes]:
        yield b'{"text": "x"'
        for _ in range(size_bytes // 2**16):
            yield b" " * 2**16
        yield b"}"

    over = probe.post("/v1/probe", content=chunks(MAX_JSON_BODY_BYTES), headers=JSON_TYPE)
    under = probe.post("/v1/probe", content=chunks(MAX_JSON_BODY_BYTES - 2**16), headers=JSON_TYPE)

    assert error_of(over) == (413, "content_too_large")
    assert (under.status_code, under.json()["text"]) == (200, "x")


def test_a_form_may_hold_a_whole_document(probe: httpx.Client) -> None:
    """What is too long for JSON is short for a book."""
    book = b"x" * (MAX_JSON_BODY_BYTES + 1)

    response = probe.post("/v1/probe/form", data={"name": "x"}, files={"document": book})

    assert (response.status_code, response.json()) == (200, len(book))


def test_unknown_fields_are_ignored(probe: httpx.Client) -> None:
    """SDKs are ahead of the published contract."""
    response = probe.post("/v1/probe", json={"text": "x", "mood": "new"})

    assert (response.status_code, response.json()) == (200, {"text": "x", "count": 1})


def test_an_error_can_be_read_by_any_reader_of_json(probe: httpx.Client) -> None:
    """A message with characters beyond ASCII comes as ASCII, escaped."""
    response = probe.get("/v1/voices/%F0%9F%A6%AD")

    assert error_of(response) == (404, "voice_not_found")
    assert response.content.isascii()
    assert "🦭" in json.loads(response.content)["detail"]["message"]
