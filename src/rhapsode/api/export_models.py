"""What the wire says of exports."""

from typing import Literal

from pydantic import BaseModel

from rhapsode.delivery.exporting import Making

ExportStatus = Literal["not_started", "in_progress", "ready", "failed"]


class ExportModel(BaseModel):
    """A snapshot in a format. progress: the share of the work that is done, 0 to 1.

    size_bytes: of the file, once it is ready.    error: why it failed; the next request begins it again.
    warnings: voices whose licences don't say that what they read may be sold; only told where it is begun.
    """

    format: str
    status: ExportStatus
    progress: float
    size_bytes: int | None = None
    error: str | None = None
    warnings: list[str] = []


class SnapshotExports(BaseModel):
    """A snapshot in each format.    warnings: as of an `ExportModel`, once for all of them."""

    exports: list[ExportModel]
    warnings: list[str] = []


def export_model(format_name: str, *, size_bytes: int | None, making: Making | None) -> ExportModel:
    """size_bytes: None of what isn't there.    making: None where nobody has asked for it."""
    if size_bytes is not None:
        return ExportModel(format=format_name, status="ready", progress=1.0, size_bytes=size_bytes)
    if making is None:
        return ExportModel(format=format_name, status="not_started", progress=0.0)
    if making.error is not None:
        return ExportModel(format=format_name, status="failed", progress=0.0, error=str(making.error))
    return ExportModel(format=format_name, status="in_progress", progress=round(making.progress, 3))
