"""What those who run a worker ask it."""

from functools import partial
from pathlib import Path

import httpx
import pytest
from tests.factories import open_records

from rhapsode.access.keys import create_api_key, find_owner
from rhapsode.access.rule import AccessRule
from rhapsode.api.worker_server import create_worker_app
from rhapsode.app import Worker
from rhapsode.rendering.pool import RenderPool
from rhapsode.storage.answering import check_records
from rhapsode.storage.local import LocalBlobs
from rhapsode.storage.records import DEFAULT_WORKSPACE_ID
from rhapsode.telemetry.readiness import Readiness


@pytest.mark.anyio
async def test_a_worker_says_how_it_is_and_nothing_else(tmp_path: Path) -> None:
    """Its health is told to all, its numbers to who has a key, and it has no API. One that ends isn't ready."""
    records = open_records(tmp_path / "records.sqlite3")
    key = {"xi-api-key": create_api_key(records, DEFAULT_WORKSPACE_ID, name="metrics").secret}
    readiness = Readiness({"records": partial(check_records, records)})
    worker = Worker(records, LocalBlobs(tmp_path / "blobs"), RenderPool(1), readiness)
    app = create_worker_app(worker, access=AccessRule(partial(find_owner, records)), url="http://127.0.0.1")
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://worker") as http:
        healthy, ready = await http.get("/healthz"), await http.get("/readyz")
        strange, numbers = await http.get("/metrics"), await http.get("/metrics", headers=key)
        absent = await http.get("/v1/voices", headers=key)
        readiness.drain()
        ending, alive = await http.get("/readyz"), await http.get("/healthz")

    assert [answer.status_code for answer in (healthy, ready, strange, numbers)] == [200, 200, 401, 200]
    assert "rhapsode_renderers 1.0" in numbers.text
    assert [answer.status_code for answer in (absent, ending, alive)] == [404, 503, 200]
    readiness.stop()
    records.close()
