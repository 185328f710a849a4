"""Two workspaces: what belongs to the one is to the other as if it weren't there, wherever an id may be put."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import httpx
import pytest
import sqlalchemy as sa

from rhapsode.storage import schema
from rhapsode.storage.records import Records
from rhapsode.studio.ids import WorkspaceId

from .asking import raw_http
from .belongings import RULE, Belongings, make_belongings, post, serving_a_page
from .id_places import Operation, Place, list_operations, list_places, path_fields
from .id_requests import request_of
from .running import LiveServer, in_new_workspaces

CANARY = "The cellar hides a canary."
_ID = re.compile(r"\b[0-9A-Za-z]{20}\b")
_GONE_VOICE = "tone_high"
_RETRIED_BY_SDKS = {408, 409, 429, *range(500, 600)}
_OPERATIONS = {operation.operation_id: operation for operation, _ in list_operations()}
# What takes away what others need.
_LAST = ("edit_project_content", "delete_project")
# Which voices are like a name that there is none of depends on how that is spelt.
_HINT = re.compile(r"(?<=')(?:\.|; (?:did you mean|there are) [^\"]*)(?=\")")


@dataclass(frozen=True)
class Two:
    """Two workspaces, and ids that the first may ask for.

    own, spare: are its own.    foreign: is the other's.    deleted: was its own.    absent: never was.
    """

    server: LiveServer
    http: httpx.Client
    own: Belongings
    spare: Belongings
    foreign: Belongings
    deleted: Belongings
    absent: Belongings

    def ask(self, operation: Operation, ids: Belongings) -> httpx.Response:
        """Send a request of the first workspace with some ids."""
        values = {name: getattr(ids, field) for name, field in path_fields(operation).items()}
        sent = request_of(operation.operation_id, ids)
        return self.http.request(operation.method, operation.path.format(**values), **sent)


@pytest.fixture(scope="module")
def two(shared_server: LiveServer) -> Iterator[Two]:
    """Two workspaces in which there is one of everything."""
    for server in in_new_workspaces(shared_server):
        with (
            raw_http(server.url, server.other_key) as other,
            raw_http(server.url, server.key) as http,
            serving_a_page() as page_url,
        ):
            foreign = make_belongings(other, page_url, text=CANARY)
            deleted = make_belongings(http, page_url, text="It was.")
            own, spare = (make_belongings(http, page_url, text=text) for text in ("It is.", "It may go."))
            yield Two(
                server=server,
                http=http,
                own=own,
                spare=spare,
                foreign=replace(foreign, voice_id="nobody"),
                deleted=_delete(http, deleted, own),
                absent=replace(
                    foreign, **{name: _changed(value) for name, value in foreign.as_dict().items()}
                ),
            )


def _changed(identifier: str) -> str:
    return identifier[:-1] + ("A" if identifier[-1] != "A" else "B")


def _delete(http: httpx.Client, belongings: Belongings, own: Belongings) -> Belongings:
    """Delete what can be deleted; a dictionary can only be put away. The chapter is one of a project that stays."""
    chapters = f"/v1/studio/projects/{own.project_id}/chapters"
    chapter_id = post(http, chapters, json={"name": "Brief"})["chapter"]["chapter_id"]
    for path in (
        f"{chapters}/{chapter_id}",
        f"/v1/studio/projects/{belongings.project_id}",
        f"/v1/studio/projects/{belongings.player_id}",
        f"/v1/history/{belongings.history_item_id}",
        f"/v1/history/{belongings.other_history_item_id}",
        f"/v1/workspace/webhooks/{belongings.webhook_id}",
        f"/v1/voices/{_GONE_VOICE}",
    ):
        assert http.delete(path).status_code == 200, path
    put_away = f"/v1/pronunciation-dictionaries/{belongings.pronunciation_dictionary_id}"
    assert http.patch(put_away, json={"archived": True}).status_code == 200
    return replace(belongings, chapter_id=chapter_id, voice_id=_GONE_VOICE)


@pytest.mark.parametrize("place", list_places(), ids=lambda place: "-".join((place[0], *place[1])))
def test_what_is_not_ones_own_is_not_there(two: Two, place: Place) -> None:
    """Another's id, a deleted one and one that never was get the same answer, and nothing comes of it."""
    operation = _OPERATIONS[place.operation_id]
    strangers = _strangers(two, place)
    others_before = rows_of(two.server.records, two.server.other_workspace_id)
    own_before = rows_of(two.server.records, two.server.workspace_id)

    answers = [two.ask(operation, _with(two.own, ids, place.fields)) for ids in strangers]

    first, *others = (_comparable(answer, strangers, place.fields) for answer in answers)
    for other in others:
        assert other == first
    assert rows_of(two.server.records, two.server.other_workspace_id) == others_before
    if answers[0].status_code >= 400:
        assert rows_of(two.server.records, two.server.workspace_id) == own_before
    for answer in answers:
        assert "canary" not in f"{answer.text}{answer.headers}"
        assert answer.status_code not in _RETRIED_BY_SDKS
        assert answer.status_code == 404 or not set(place.fields) & set(path_fields(operation).values())


def _strangers(two: Two, place: Place) -> Sequence[Belongings]:
    """Those whose ids a place is tried with.

    A dictionary that is put away is still told of and edited; no text is read with it.
    """
    edited = path_fields(_OPERATIONS[place.operation_id]).values()
    if "version_id" in place.fields or "pronunciation_dictionary_id" in edited:
        return two.foreign, two.absent
    return two.foreign, two.absent, two.deleted


def _with(own: Belongings, ids: Belongings, fields: Sequence[str]) -> Belongings:
    return replace(own, **{field: getattr(ids, field) for field in fields})


def _comparable(
    answer: httpx.Response, strangers: Sequence[Belongings], fields: Sequence[str]
) -> tuple[int, str]:
    """(status, body) with every id taken out: of the request, and of what was asked for."""
    text = answer.text
    for ids in strangers:
        for field in fields:
            text = text.replace(getattr(ids, field), "<id>")
    return answer.status_code, _ID.sub("<id>", _HINT.sub("", text))


def rows_of(records: Records, workspace_id: WorkspaceId) -> list[str]:
    """Everything that is recorded of a workspace; Postgres gives rows in any order."""
    with records.read(workspace_id) as tx:
        return sorted(
            f"{table.name} {row}"
            for table in schema.metadata.sorted_tables
            if "workspace_id" in table.c
            for row in tx.connection.execute(sa.select(table).where(table.c.workspace_id == workspace_id))
        )


@pytest.mark.parametrize(
    ("path", "asked", "told"),
    [
        ("/v1/pronunciation-dictionaries", "cursor", "next_cursor"),
        ("/v2/voices", "next_page_token", "next_page_token"),
    ],
)
def test_the_end_of_anothers_page_leads_to_nothing_of_theirs(
    two: Two, path: str, asked: str, told: str
) -> None:
    """Wherever it points to, what comes after it is the asker's own, or it is refused."""
    other = {"xi-api-key": two.server.other_key}
    if told == "next_cursor":
        post(two.http, f"{path}/add-from-rules", json={"name": CANARY, "rules": [RULE]}, headers=other)
    end = two.http.get(path, params={"page_size": 1}, headers=other).json()[told]

    page = two.http.get(path, params={"page_size": 1, asked: end})

    assert end
    assert page.status_code in (200, 400)
    assert "canary" not in page.text


def test_all_else_about_the_requests_is_well(two: Two) -> None:
    """With ids of one's own every operation does what it is for: it is the id that the others are refused for."""
    named = {place.operation_id for place in list_places()}
    in_order = sorted(named, key=lambda name: (name in _LAST, name.startswith("delete_"), name))

    answers = {name: two.ask(_OPERATIONS[name], two.spare) for name in in_order}

    assert {name: answer.text for name, answer in answers.items() if answer.status_code != 200} == {}
