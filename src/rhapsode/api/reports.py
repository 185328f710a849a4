"""Mastering reports of snapshots: as JSON for programs, and as plain text for people. All of it is ours."""

from typing import Any, Literal

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel

from rhapsode.api.asked_snapshots import AskedChapterOf, AskedProjectOf
from rhapsode.api.byte_routes import negotiated_type
from rhapsode.api.json_answer import json_answer
from rhapsode.api.json_body import JsonRoute
from rhapsode.api.report_models import (
    ChapterReportModel,
    ProjectReportModel,
    chapter_report_model,
    project_report_model,
)
from rhapsode.delivery.report_text import chapter_report_text, project_report_text
from rhapsode.delivery.reports import report_chapter, report_project

# A body without a Content-Type is read too.
router = APIRouter(
    prefix="/rhapsode/v1/studio/projects/{project_id}",
    tags=["snapshots"],
    route_class=JsonRoute,
    strict_content_type=False,
)

ReportFormat = Literal["json", "txt"]
_TEXT = "text/plain"


def _answers(model: type[BaseModel]) -> dict[int | str, dict[str, Any]]:
    """What the document of the API says of a response in either form."""
    return {200: {"model": model, "content": {_TEXT: {"schema": {"type": "string"}}}}}


@router.get(
    "/snapshots/{project_snapshot_id}/report",
    summary="Get mastering report of a project snapshot",
    response_class=Response,
    responses=_answers(ProjectReportModel),
)
def get_project_report(
    asked: AskedProjectOf,
    format: ReportFormat | None = None,  # noqa: A002 -- the name on the wire
) -> Response:
    """How loud a project's single file and each of its chapters are, and whether shops and broadcasters take them so.

    Nothing is listened to for it: every passage is measured when it is made. `format` chooses between JSON and plain
    text; without it, the header Accept does.
    """
    with asked.services.records.read(asked.workspace_id) as tx:
        report = report_project(tx, asked.get(tx))
    if _wants_text(asked.request, format):
        return _text_response(project_report_text(report))
    return json_answer(project_report_model(report))


@router.get(
    "/chapters/{chapter_id}/snapshots/{chapter_snapshot_id}/report",
    summary="Get mastering report of a chapter snapshot",
    response_class=Response,
    responses=_answers(ChapterReportModel),
)
def get_chapter_report(
    asked: AskedChapterOf,
    format: ReportFormat | None = None,  # noqa: A002 -- the name on the wire
) -> Response:
    """How loud a chapter's file is, and whether shops and broadcasters take it so.

    `format` chooses between JSON and plain text; without it, the header Accept does.
    """
    with asked.services.records.read(asked.workspace_id) as tx:
        report = report_chapter(tx, asked.get(tx))
    if _wants_text(asked.request, format):
        return _text_response(chapter_report_text(report))
    return json_answer(chapter_report_model(report))


def _wants_text(request: Request, wanted: ReportFormat | None) -> bool:
    if wanted is not None:
        return wanted == "txt"
    # Whoever names both, as clients in JavaScript do unasked, can read what the rest of the API answers.
    names_json = "application/json" in request.headers.get("accept", "").lower()
    return not names_json and negotiated_type(request, _TEXT) == _TEXT


def _text_response(text: str) -> Response:
    return Response(text.encode(), media_type=_TEXT)
