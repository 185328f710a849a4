"""Roles on every operation, and what admins see to."""

import re
from dataclasses import replace

import httpx
import pytest
from elevenlabs import ElevenLabs
from elevenlabs.core.api_error import ApiError
from tests.waiting import wait_until
from websockets.sync.client import connect

from rhapsode.access.keys import create_api_key
from rhapsode.access.permissions import ROLE_PERMISSIONS, missing_permission, permission_of
from rhapsode.access.users import change_user, create_user, list_users
from rhapsode.access.workspaces import create_workspace, delete_workspace, set_workspace_disabled
from rhapsode.storage.audit import list_audit_entries
from rhapsode.storage.records import DEFAULT_WORKSPACE_ID
from rhapsode.studio.ids import WorkspaceId, new_id
from rhapsode.studio.people import Role

from .asking import NO_AUTHORITIES, get_anew, raw_http
from .journeys import error_of, make_project
from .running import LiveServer
from .signed_in import key_of_user

ABSENT = "00VbZyuGk6Zmbi0vr9OQ"


def login() -> str:
    """One that nobody has: users are those of the whole installation, which tests share."""
    return f"{new_id()}@example.org".lower()


@pytest.mark.parametrize("role", ["viewer", "editor"])
def test_every_operation_asks_for_the_role(server: LiveServer, role: Role) -> None:
    """What a role lacks is refused before anything is looked at; what it has isn't."""
    # What is open, and an answer without an end, of which test_events knows.
    left_out = (
        "/rhapsode/v1/shared/",
        "/rhapsode/v1/sign-in",
        "/rhapsode/v1/session/link",
        "/rhapsode/v1/events",
    )
    paths = get_anew(f"{server.url}/openapi.json").json()["paths"]
    refused: list[str] = []
    let_in: list[str] = []
    with raw_http(server.url, key_of_user(server, role, login())) as http:
        for path, methods in paths.items():
            for method in map(str.upper, methods):
                if path.startswith(left_out):
                    continue
                response = http.request(method, re.sub(r"\{\w+\}", ABSENT, path))
                needed = permission_of(method, path)
                may = missing_permission(ROLE_PERMISSIONS[role], needed) is None
                (let_in if may else refused).append(path)
                if may:
                    assert response.status_code not in (401, 403), (method, path, response.text)
                else:
                    assert error_of(response) == (401, "missing_permissions"), (method, path)
                    assert needed in response.json()["detail"]["message"]

    assert min(len(refused), len(let_in)) > 15


def test_a_viewer_hears_and_an_editor_works(server: LiveServer, client: ElevenLabs) -> None:
    """With the official SDK, which raises its error with the body as it came."""
    project_id = make_project(client)
    with httpx.Client(verify=NO_AUTHORITIES) as connection:
        viewer, editor = (
            ElevenLabs(
                base_url=server.url, api_key=key_of_user(server, role, login()), httpx_client=connection
            )
            for role in ("viewer", "editor")
        )
        assert viewer.studio.projects.get(project_id).project_id == project_id
        with pytest.raises(ApiError) as refused:
            viewer.studio.projects.delete(project_id)
        editor.studio.projects.delete(project_id)

    assert refused.value.status_code == 401
    assert refused.value.body["detail"]["status"] == "missing_permissions"


@pytest.mark.parametrize("where", ["header", "message"])
def test_a_web_socket_asks_for_the_role_too(server: LiveServer, where: str) -> None:
    """Wherever its key comes: a viewer hears what there is, and has nothing spoken."""
    key = key_of_user(server, "viewer", login())
    url = f"{server.url.replace('http', 'ws', 1)}/v1/text-to-speech/tone_low/stream-input"
    with connect(url, additional_headers={"xi-api-key": key} if where == "header" else {}) as socket:
        if where == "message":
            socket.send(f'{{"text": " ", "xi_api_key": "{key}"}}')
        assert "missing_permissions" in str(socket.recv(timeout=20))


def test_a_key_that_may_little_makes_none_that_may_more(server: LiveServer, http: httpx.Client) -> None:
    """What a key is made with over HTTP restricts it, and the list says so."""
    wanted = {"permissions": ["create_user_api_key", "user_read"], "requests_per_minute": 600}
    little = http.post("/rhapsode/v1/keys", json={"name": "little"} | wanted).json()
    with raw_http(server.url, little["xi_api_key"]) as limited:
        made = limited.post("/rhapsode/v1/keys", json={"name": "made"}).json()
        assert error_of(limited.get("/v1/studio/projects")) == (401, "missing_permissions")
    listed = http.get("/rhapsode/v1/keys").json()["keys"]
    (key,) = (key for key in listed if key["key_id"] == made["key_id"])
    assert {name: key[name] for name in wanted} == wanted
    refused = http.post("/rhapsode/v1/keys", json={"permissions": ["read_projects"]})
    assert error_of(refused)[0] == 400
    # The year 10000, of which no date can be told.
    assert http.post("/rhapsode/v1/keys", json={"expires_at_unix": 253_402_300_800}).status_code == 422


def test_refusals_are_noted(server: LiveServer) -> None:
    """Who, from where, and what was missing; once in a while, however often somebody tries."""
    key = key_of_user(server, "viewer", login())
    with raw_http(server.url, key) as http:
        for _ in range(3):
            http.post("/v1/studio/podcasts")

    (user,) = list_users(server.records, server.workspace_id)
    (entry,) = (
        entry
        for entry in list_audit_entries(server.records, since_ms=0, workspace_id=server.workspace_id)
        if entry.action == "permission.refused"
    )
    assert (entry.user_id, entry.actor, entry.detail) == (user.user_id, "key", "projects_write")
    assert entry.address == "127.0.0.1"


@pytest.mark.usefixtures("key_memory_s")
def test_a_disabled_user_is_out_within_seconds(server: LiveServer) -> None:
    """A key that was just used is remembered, but not for long; so is one of a workspace."""
    other = create_workspace(server.records, new_id())
    keys = [
        key_of_user(server, "admin", login()),
        key_of_user(server, "admin", login(), workspace_id=other.workspace_id),
    ]
    headers = [{"xi-api-key": key} for key in keys]

    def asked() -> list[httpx.Response]:
        return [get_anew(f"{server.url}/v1/user", headers=one) for one in headers]

    assert [response.status_code for response in asked()] == [200, 200]
    (user,) = list_users(server.records, server.workspace_id)
    change_user(server.records, server.workspace_id, user.user_id, disabled=True)
    set_workspace_disabled(server.records, other.workspace_id, disabled=True)
    wait_until(lambda: all(response.status_code != 200 for response in asked()), limit_s=10)
    assert [error_of(response) for response in asked()] == [(401, "invalid_api_key")] * 2


def test_the_user_is_told_as_they_are(server: LiveServer) -> None:
    """With id, name and seat; a key that is nobody's goes on standing for the workspace."""
    seats = {"admin": "workspace_admin", "editor": "workspace_member", "viewer": "workspace_lite_member"}
    for role, seat in seats.items():
        name = login()
        with raw_http(server.url, key_of_user(server, role, name)) as http:  # type: ignore[arg-type]
            told = http.get("/v1/user").json()
        assert (told["first_name"], told["seat_type"]) == (name, seat)
        assert told["workspace_id"] == server.workspace_id != told["user_id"]


def test_admins_see_to_users_and_keys(server: LiveServer, http: httpx.Client) -> None:
    """Made, given a role, disabled, deleted; a key is told once, and has the role."""
    name = login()
    user = http.post("/rhapsode/v1/users", json={"login": name, "role": "viewer"}).json()
    path = f"/rhapsode/v1/users/{user['user_id']}"
    made = http.post("/rhapsode/v1/keys", json={"name": "laptop", "user_id": user["user_id"]}).json()

    assert http.patch(path, json={"role": "editor"}).json()["role"] == "editor"
    with raw_http(server.url, made["xi_api_key"]) as theirs:
        assert theirs.get("/rhapsode/v1/session").json()["role"] == "editor"
    assert http.patch(path, json={"is_disabled": True}).json()["is_disabled"]
    listed = http.get("/rhapsode/v1/users").json()["users"]
    assert [found["login"] for found in listed] == [name]
    keys = http.get("/rhapsode/v1/keys").json()["keys"]
    assert [key["user_id"] for key in keys] == [None, user["user_id"]]
    assert made["xi_api_key"] not in str(keys)
    assert error_of(http.post("/rhapsode/v1/users", json={"login": name})) == (400, "name_taken")
    assert http.delete(path).json() == {"status": "ok"}
    assert error_of(http.delete(path)) == (404, "user_not_found")
    actions = [entry["action"] for entry in http.get("/rhapsode/v1/audit").json()["entries"]]
    assert [action for action in actions if action.startswith("user.")] == [
        "user.created",
        "user.role_set",
        "user.disabled",
        "user.deleted",
    ]


def test_people_of_another_workspace_are_absent(server: LiveServer, other_http: httpx.Client) -> None:
    """Users, keys and sessions of others are answered as those that never were; also when they are deleted."""
    with raw_http(server.url, server.key) as http:
        user_id = http.post("/rhapsode/v1/users", json={"login": login()}).json()["user_id"]
        key_id = http.post("/rhapsode/v1/keys", json={}).json()["key_id"]
        session_id = http.post("/rhapsode/v1/session").json()["session_id"]
        deleted_id = http.post("/rhapsode/v1/users", json={"login": login()}).json()["user_id"]
        http.delete(f"/rhapsode/v1/users/{deleted_id}")
    requests = [
        ("PATCH", "/rhapsode/v1/users/{}", {"role": "admin"}, (user_id, deleted_id)),
        ("DELETE", "/rhapsode/v1/users/{}", None, (user_id, deleted_id)),
        ("DELETE", "/rhapsode/v1/keys/{}", None, (key_id,)),
        ("DELETE", "/rhapsode/v1/sessions/{}", None, (session_id,)),
    ]

    for method, path, body, foreign in requests:
        answers = []
        for named in (*foreign, ABSENT):
            response = other_http.request(method, path.format(named), json=body)
            answers.append((response.status_code, _nameless(response.json()["detail"], named)))
        assert answers[0][0] == 404
        assert all(answer == answers[0] for answer in answers), answers
    made = other_http.post("/rhapsode/v1/keys", json={"user_id": user_id})
    assert error_of(made) == (404, "user_not_found")


def _nameless(detail: dict[str, str], named: str) -> dict[str, str]:
    """What is said without the id that was asked for, and the request's."""
    return {key: text.replace(named, "") for key, text in detail.items() if key != "request_id"}


@pytest.mark.usefixtures("key_memory_s")
def test_what_a_deleted_workspace_had_is_absent(server: LiveServer, client: ElevenLabs) -> None:
    """Its keys are wrong ones, and its projects aren't there for anybody."""
    gone = create_workspace(server.records, new_id())
    in_gone = replace(server, workspace_id=gone.workspace_id)
    with raw_http(server.url, key_of_user(in_gone, "admin", login())) as http:
        made = http.post("/v1/studio/projects", data={"name": "Tides"}).json()["project"]["project_id"]
        delete_workspace(server.records, server.services.blobs, gone.workspace_id, now=True)
        wait_until(lambda: http.get("/v1/models").status_code != 200)
        assert error_of(http.get("/v1/models")) == (401, "invalid_api_key")

    with pytest.raises(ApiError) as absent:
        client.studio.projects.get(made)
    assert absent.value.body["detail"]["code"] == "project_not_found"


def test_workspaces_are_for_admins_of_the_first(server: LiveServer, http: httpx.Client) -> None:
    """Neither a key that is nobody's nor an admin of another workspace may see them."""
    elsewhere = key_of_user(server, "admin", login())
    ours = key_of_user(server, "admin", login(), workspace_id=DEFAULT_WORKSPACE_ID)
    with raw_http(server.url, elsewhere) as other_admin, raw_http(server.url, ours) as admin:
        for stranger in (http, other_admin):
            assert error_of(stranger.get("/rhapsode/v1/workspaces")) == (401, "missing_permissions")
        made = admin.post("/rhapsode/v1/workspaces", json={"name": new_id()}).json()
        path = f"/rhapsode/v1/workspaces/{made['workspace_id']}"
        assert admin.patch(path, json={"is_disabled": True}).json()["is_disabled"]
        listed = admin.get("/rhapsode/v1/workspaces").json()["workspaces"]
        assert made["workspace_id"] in {workspace["workspace_id"] for workspace in listed}
        assert admin.delete(path).json() == {"status": "ok"}
        assert error_of(admin.delete(path)) == (404, "workspace_not_found")
        assert admin.delete("/rhapsode/v1/workspaces/default").status_code == 400


def test_no_key_makes_an_admin_of_the_first_workspace(server: LiveServer) -> None:
    """Nor a key of one: it would manage workspaces, which a key that is nobody's may not. An admin there does."""
    name = login()
    admin = key_of_user(server, "admin", name, workspace_id=DEFAULT_WORKSPACE_ID)
    own = create_api_key(server.records, DEFAULT_WORKSPACE_ID, name="nobody's").secret
    with raw_http(server.url, own) as http, raw_http(server.url, admin) as admin_http:
        user_id = admin_http.get("/rhapsode/v1/session").json()["user"]["user_id"]
        viewer = http.post("/rhapsode/v1/users", json={"login": login()}).json()
        path, appointed = f"/rhapsode/v1/users/{viewer['user_id']}", {"login": login(), "role": "admin"}
        for refused in (
            http.post("/rhapsode/v1/users", json=appointed),
            http.patch(path, json={"role": "admin"}),
            http.post("/rhapsode/v1/keys", json={"user_id": user_id}),
        ):
            assert error_of(refused) == (401, "missing_permissions")
        assert http.get("/rhapsode/v1/users").json()["users"][-1] == viewer
        assert admin_http.patch(path, json={"role": "admin"}).json()["role"] == "admin"
        assert admin_http.post("/rhapsode/v1/users", json=appointed).status_code == 200
        assert admin_http.post("/rhapsode/v1/keys", json={"user_id": user_id}).status_code == 200


def test_downloads_and_deletions_are_noted(server: LiveServer, http: httpx.Client) -> None:
    """By whom and from where; a download that goes on is the same one."""
    item = http.post("/v1/text-to-speech/tone_low", json={"text": "Hm."}).headers["history-item-id"]
    for headers in ({}, {"range": "bytes=10-"}):
        http.post("/v1/history/download", json={"history_item_ids": [item]}, headers=headers)
    assert http.delete(f"/v1/history/{item}").status_code == 200
    assert http.delete(f"/v1/history/{item}").status_code == 404

    entries = http.get("/rhapsode/v1/audit").json()["entries"]
    noted = [(entry["action"], entry["object_id"]) for entry in entries if "history" in entry["action"]]
    assert noted[-1] == ("history_item.deleted", item)
    assert {action for action, _ in noted[:-1]} == {"history.downloaded"}
    assert len([action for action, _ in noted if action == "history_item.deleted"]) == 1
    assert all(entry["address"] == "127.0.0.1" for entry in entries if "history" in entry["action"])


def test_whatever_part_is_asked_for_what_leaves_is_noted(server: LiveServer, http: httpx.Client) -> None:
    """By what is answered: a download in pieces once, however it begins, and nothing of what somebody has already."""
    speak = "/v1/text-to-speech/tone_low"
    ids = [http.post(speak, json={"text": text}).headers["history-item-id"] for text in ("Hm.", "Ah.")]
    begun = http.post("/v1/history/download", json={"history_item_ids": ids})
    address, etag = begun.headers["content-location"], begun.headers["etag"]
    middle = create_api_key(server.records, server.workspace_id, name="another").secret
    asked: list[tuple[dict[str, str], int, int]] = [
        ({"if-none-match": etag}, 304, 0),
        ({"range": "bytes=1-", "xi-api-key": middle}, 206, 1),
        ({"range": "bytes=2-", "xi-api-key": middle}, 206, 0),
        ({"range": "x"}, 200, 1),
        ({"range": "bytes=0-1,3-4"}, 200, 1),
        ({"range": "bytes=5-", "if-range": '"another"'}, 200, 1),
        ({"range": "bytes=-999999999"}, 206, 1),
        ({"range": "bytes=5-"}, 206, 0),
    ]

    for headers, status, noted in asked:
        before = _downloads(server)
        assert http.get(address, headers=headers).status_code == status
        assert _downloads(server) == before + noted, headers


def _downloads(server: LiveServer) -> int:
    entries = list_audit_entries(server.records, since_ms=0, workspace_id=server.workspace_id)
    return sum(entry.action == "history.downloaded" for entry in entries)


def test_a_user_is_made_where_there_is_a_workspace(server: LiveServer) -> None:
    """And nowhere else."""
    with pytest.raises(Exception, match="There is no workspace"):
        create_user(server.records, WorkspaceId(ABSENT), login=login(), role="viewer")
