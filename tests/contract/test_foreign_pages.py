"""Pages of other sites, in a real browser of somebody who is signed in or whose machine has a server without keys."""

from collections.abc import Iterator
from functools import partial
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from fastapi import FastAPI, Response
from playwright.sync_api import Browser, Page
from tests.browsers import ELSEWHERE, Watched, chromium, watched

from rhapsode.access.keys import find_owner
from rhapsode.access.rule import AccessRule
from rhapsode.studio.ids import new_id

from .asking import raw_http
from .probing import probed
from .running import LiveServer, serving
from .signed_in import key_of_user

_ATTEMPTS = """
async ({server, project}) => {
  const url = `${server}/v1/studio/projects/${project}`, said = {};
  const attempt = async (name, path, options) => {
    try {
      const answer = await fetch(path, {credentials: "include", ...options});
      said[name] = answer.type === "opaque" ? "opaque" : answer.status;
    } catch (error) { said[name] = "refused"; }
  };
  await attempt("read", url, {});
  await attempt("read as an image", url, {mode: "no-cors"});
  await attempt("delete", url, {method: "DELETE"});
  await attempt("convert", `${url}/convert`, {method: "POST", mode: "no-cors"});
  const form = new FormData();
  form.append("name", "Foreign");
  await attempt("create", `${server}/v1/studio/projects`, {method: "POST", mode: "no-cors", body: form});
  await attempt("plain text", `${server}/rhapsode/v1/keys`,
    {method: "POST", mode: "no-cors", headers: {"content-type": "text/plain"}, body: '{"name": "foreign"}'});
  said.socket = await new Promise((done) => {
    const voice = "/v1/text-to-speech/tone_low/stream-input";
    const socket = new WebSocket(server.replace("http", "ws") + voice);
    socket.onopen = () => socket.send('{"text": " "}');
    socket.onmessage = (event) => done(JSON.parse(event.data).code ?? "answered");
    socket.onerror = () => done("refused");
    socket.onclose = (event) => done(`closed ${event.code}`);
  });
  return said;
}
"""


NOTHING = {"refused", "opaque", 1008}
"""What a page learns of an answer that isn't for it. That what it asks for isn't done is looked at afterwards."""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A browser for all tests here."""
    with chromium() as opened:
        yield opened


@pytest.fixture(scope="module")
def other_site() -> Iterator[str]:
    """A site that isn't ours, with an empty page, under any name."""
    app = FastAPI()

    @app.get("/{_:path}")
    def page(_: str) -> Response:
        return Response("<!doctype html><title>Elsewhere</title>", media_type="text/html")

    with serving(app) as url:
        yield url


@pytest.fixture
def project_id(server: LiveServer) -> Iterator[str]:
    """A project that is still there, the only one, and has not been converted, whatever the test has tried."""
    with raw_http(server.url, server.key) as http:
        made = http.post("/v1/studio/projects", data={"name": "Tides", "from_content_json": _TIDES})
        project_id = made.json()["project"]["project_id"]
        yield project_id
        projects = http.get("/v1/studio/projects").json()["projects"]
        assert [(p["project_id"], p["state"], p["name"]) for p in projects] == [
            (project_id, "default", "Tides")
        ]
        assert http.get(f"/v1/studio/projects/{project_id}/snapshots").json() == {"snapshots": []}
        assert "foreign" not in [key["name"] for key in http.get("/rhapsode/v1/keys").json()["keys"]]


_TIDES = (
    '[{"name": "One", "blocks": [{"nodes": [{"type": "tts_node", "text": "Low.", "voice_id": "tone_low"}]}]}]'
)


def named(url: str, name: str) -> str:
    """The address by which a machine that has another name is reached."""
    return f"http://{name}:{urlsplit(url).port}"


def tried(page: Page, server: str, project_id: str) -> dict[str, Any]:
    said: dict[str, Any] = page.evaluate(_ATTEMPTS, {"server": server, "project": project_id})
    return said


def sign_in(window: Watched, server: LiveServer) -> None:
    """So that the browser has the server's cookie, and shows it where it may."""
    key = key_of_user(server, "admin", f"{new_id()}@example.org")
    answer = window.context.request.post(f"{server.url}/rhapsode/v1/session", headers={"xi-api-key": key})
    assert answer.status == 200
    shown = window.page.goto(f"{server.url}/v1/user")
    assert shown is not None
    assert shown.status == 200
    assert window.page.evaluate("async () => (await fetch('/v1/user')).status") == 200


@pytest.mark.parametrize("name", ["127.0.0.1", "localhost", ELSEWHERE])
def test_nobody_else_s_page_uses_a_session(
    server: LiveServer, project_id: str, browser: Browser, other_site: str, name: str
) -> None:
    """Not even one of the same machine, with which a browser shares cookies: ports are no border for them."""
    with watched(browser) as window:
        sign_in(window, server)
        window.page.goto(named(other_site, name))

        said = tried(window.page, server.url, project_id)

    assert set(said.values()) <= NOTHING, said
    assert said["read"] == said["delete"] == "refused"


def test_a_form_of_another_site_leaves_nothing(
    server: LiveServer, project_id: str, browser: Browser, other_site: str
) -> None:
    """Though a browser goes where it leads, with the cookie where the site is the same."""
    with watched(browser) as window:
        sign_in(window, server)
        window.page.goto(other_site)
        target = f"{server.url}/v1/studio/projects/{project_id}/convert"
        window.page.evaluate(
            "target => { document.body.innerHTML = `<form method=post action='${target}'></form>`; }", target
        )
        with window.page.expect_navigation() as navigation:
            window.page.evaluate("() => document.forms[0].submit()")

        assert navigation.value.status == 403


def test_another_name_for_this_machine_opens_nothing(
    server: LiveServer, project_id: str, browser: Browser
) -> None:
    """A server without keys answers its machine's browser, but no page whose name is made to lead there."""
    access = AccessRule(find_owner=partial(find_owner, server.records), open_workspace=server.workspace_id)
    with probed(server, access) as url, watched(browser) as window:
        assert httpx.get(f"{url}/v1/studio/projects", trust_env=False).status_code == 200
        answer = window.page.goto(f"{named(url, ELSEWHERE)}/v1/studio/projects")
        assert answer is not None
        assert answer.status == 403

        said = tried(window.page, named(url, ELSEWHERE), project_id)

    # Its own scripts may read what it answers, which is that it answers nothing.
    assert set(said.values()) <= NOTHING | {403}, said


def test_pages_elsewhere_do_nothing_to_a_server_without_keys(
    server: LiveServer, project_id: str, browser: Browser, other_site: str
) -> None:
    """Though it listens on the machine of whoever visits them."""
    access = AccessRule(find_owner=partial(find_owner, server.records), open_workspace=server.workspace_id)
    with probed(server, access) as url, watched(browser) as window:
        window.page.goto(named(other_site, ELSEWHERE))

        said = tried(window.page, url, project_id)

    assert set(said.values()) <= NOTHING, said
