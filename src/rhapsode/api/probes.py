"""What those who run the server ask: whether it lives, whether it can work, and how much it does."""

import asyncio

from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse

from rhapsode.api.addresses import METRICS_PATH
from rhapsode.api.context import ObservedOf
from rhapsode.api.metrics import look_at
from rhapsode.telemetry.exposition import CONTENT_TYPE, expose

router = APIRouter(include_in_schema=False)


@router.get("/healthz")
async def is_alive() -> dict[str, str]:
    """Answer as long as the process does. What it needs isn't looked at: to start it anew would mend none of that."""
    return {"status": "ok"}


@router.get("/readyz")
async def is_ready(observed: ObservedOf) -> JSONResponse:
    """Say of each thing that requests need how it is; 503 where one is missing, or the server is about to end."""
    report = await observed.readiness.look()
    looks = {name: {"state": look.state, "reason": look.reason} for name, look in report.looks.items()}
    status = "ready" if report.is_ready else "not_ready"
    return JSONResponse({"status": status, "checks": looks}, 200 if report.is_ready else 503)


@router.get(METRICS_PATH)
async def get_metrics(observed: ObservedOf) -> Response:
    """All numbers, in the text format of Prometheus."""
    report = await observed.readiness.look()
    # Not among the threads that routes run in: those may all be busy for as long as somebody speaks.
    content = await asyncio.to_thread(lambda: expose(look_at(observed, report)))
    return Response(content, media_type=CONTENT_TYPE)
