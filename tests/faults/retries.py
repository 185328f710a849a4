"""Converts whose first answer is lost behind the server: the unmodified SDK asks again, and one conversion runs."""

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa
from elevenlabs import ElevenLabs
from tests.contract.journeys import make_project
from tests.contract.running import running_server
from tests.contract.unlucky import serving_unlucky
from tests.factories import Studio, ThisProcess, open_studio

from rhapsode.jobs.conversions import convert_at_once
from rhapsode.storage import schema
from rhapsode.storage.conversions import Conversion, list_unfinished_conversions
from rhapsode.studio.ids import ProjectId

_CLIENTS = 16
"""At once: the SDK waits a second before it asks again, whatever it is told."""


@dataclass
class Retried:
    """What became of converts. begun, ended: how many conversions were half or wholly made when asked for again."""

    converts: int
    requests: int
    begun: int
    ended: int

    def line(self) -> str:
        """For people."""
        return (
            f"{self.converts:,} converts, {self.requests:,} requests; when asked for again, {self.begun:,} "
            f"conversions were half made and {self.ended:,} had ended: one conversion and one snapshot each"
        )


class Work:
    """As soon as an answer is lost, begins one conversion of three, ends another, and lets the third wait."""

    def __init__(self, studio: Studio) -> None:
        self._studio = studio
        self._lock = threading.Lock()
        self._lost = 0
        self.begun = 0
        self.ended = 0

    def do(self, path: str) -> None:
        """path: /v1/studio/projects/{project_id}/convert."""
        with self._lock:
            self._lost += 1
            if self._lost % 3 == 0:
                return
            (found,) = waiting(self._studio, ProjectId(path.split("/")[-2]))
            if self._lost % 3 == 1:
                self._studio.rendering.render_slice(self._studio.workspace_id, found.conversion_id, 0)
                self.begun += 1
            else:
                convert_at_once(self._studio.rendering, self._studio.workspace_id, found.conversion_id)
                self.ended += 1


def waiting(studio: Studio, project_id: ProjectId | None = None) -> list[Conversion]:
    """What has been asked for, of one project or of all, and hasn't ended."""
    with studio.records.read(studio.workspace_id) as tx:
        return list_unfinished_conversions(tx, project_id)


def retry_converts(folder: Path, count: int) -> Retried:
    """Convert so many projects, each answer lost once, and see that each was converted once."""
    with running_server(folder / "server") as server, open_studio(folder / "quiet", ThisProcess(1)) as quiet:
        work = Work(quiet)
        with serving_unlucky(server.services, quiet, work.do) as (client, proxy):
            project_ids = _convert_projects(client, count)
            assert set(proxy.attempts.values()) == {2}, Counter(proxy.attempts.values())
            assert (work.begun, work.ended) == ((count + 2) // 3, (count + 1) // 3)
            assert _conversions_of(quiet) == dict.fromkeys(project_ids, 1)
            for conversion in waiting(quiet):
                convert_at_once(quiet.rendering, quiet.workspace_id, conversion.conversion_id)
            for project_id in project_ids:
                assert len(client.studio.projects.snapshots.list(project_id).snapshots) == 1
        return Retried(count, proxy.attempts.total(), work.begun, work.ended)


def _convert_projects(client: ElevenLabs, count: int) -> list[str]:
    def convert(number: int) -> str:
        # Nothing of one is there for another.
        node = {"type": "tts_node", "voice_id": "tone_low", "text": f"This is tide {number}."}
        project_id = make_project(client, [{"name": f"Tide {number}", "blocks": [{"nodes": [node]}]}])
        assert client.studio.projects.convert(project_id).status == "ok"
        return project_id

    with ThreadPoolExecutor(_CLIENTS) as threads:
        return list(threads.map(convert, range(count)))


def _conversions_of(studio: Studio) -> Counter[str]:
    """How many of each project there are or were."""
    with studio.records.read(studio.workspace_id) as tx:
        return Counter(tx.connection.execute(sa.select(schema.conversions.c.project_id)).scalars())
