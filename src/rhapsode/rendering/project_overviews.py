"""Projects as a shelf of them shows them, in the same few queries however many there are."""

from dataclasses import dataclass

from rhapsode.audio.encoding import SAMPLE_RATE_HZ
from rhapsode.audio.grid import stream_samples
from rhapsode.rendering.project_state import ProjectState, list_project_states
from rhapsode.storage import conversions, overviews, projects
from rhapsode.storage.records import Transaction
from rhapsode.studio.ids import ConversionId, ProjectId
from rhapsode.studio.project import Project


@dataclass(frozen=True, slots=True)
class ProjectOverview:
    """What is seen of a project without opening it.

    progress: the share of the audio that is there, 0 to 1, of what is being converted or waits first; None where
      nothing is.
    duration_s: of its newest snapshot; None without one.
    error: why its creation failed, or its last conversion; None while it is converted again.
    """

    project: Project
    state: ProjectState
    progress: float | None
    text: overviews.ProjectText
    duration_s: float | None
    error: str | None


def list_project_overviews(
    tx: Transaction, *, after: ProjectId | None, page_size: int
) -> tuple[list[ProjectOverview], bool]:
    """Projects, the newest first, and whether there are more.

    after: the last one of the page before, exclusive; None for the first page. It need not be there any more.
    """
    listed = projects.list_projects_after(tx, after, page_size + 1)
    page = listed[:page_size]
    project_ids = [project.project_id for project in page]
    states = list_project_states(tx, project_ids)
    shares = _shares(tx, set(project_ids))
    texts = overviews.measure_texts(tx, project_ids)
    lengths = overviews.find_newest_lengths(tx, project_ids)
    failures = overviews.find_last_failures(tx, project_ids)
    return [
        ProjectOverview(
            project,
            states[project.project_id],
            shares.get(project.project_id),
            texts[project.project_id],
            _seconds(lengths.get(project.project_id)),
            _error(states[project.project_id], failures.get(project.project_id)),
        )
        for project in page
    ], len(listed) > page_size


def _shares(tx: Transaction, project_ids: set[ProjectId]) -> dict[ProjectId, float]:
    """By project, of its first unfinished conversion."""
    first: dict[ProjectId, ConversionId] = {}
    for conversion in conversions.list_unfinished_conversions(tx):
        if conversion.project_id in project_ids:
            first.setdefault(conversion.project_id, conversion.conversion_id)
    shares = overviews.measure_shares(tx, list(first.values()))
    return {project_id: shares.get(conversion_id, 0.0) for project_id, conversion_id in first.items()}


def _seconds(frame_count: int | None) -> float | None:
    return None if frame_count is None else stream_samples(frame_count) / SAMPLE_RATE_HZ


def _error(state: ProjectState, failure: str | None) -> str | None:
    if state.state != "default":
        return None
    return (state.creation.error if state.creation is not None else None) or failure
