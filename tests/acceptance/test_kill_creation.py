"""A server that is killed while it makes a project's content goes on with that at its next start."""

import time

import pytest
from elevenlabs.types.project_extended_response import ProjectExtendedResponse
from tests.contract.pages import serving_pages

from .program import Rhapsode
from .server import serving

NETWORK = "127.0.0.0/8"
KEY = "a-key-that-somebody-has-chosen"
TEXT = b"CHAPTER I\n\nIt rained.\n\n\nCHAPTER II\n\nIt snowed all night.\n"
_LIMIT_S = 60


def is_ready(project: ProjectExtendedResponse) -> bool:
    """Whether it is made and converted."""
    return project.can_be_downloaded and project.state == "default"


@pytest.mark.slow
def test_a_page_that_came_after_the_kill(rhapsode: Rhapsode) -> None:
    """What was acknowledged as being made is made, and converted as it was asked for."""
    with serving_pages({"/tides.txt": ("text/plain", TEXT)}) as site:
        site.slow.add("/tides.txt")
        with serving(rhapsode, RHAPSODE_API_KEY=KEY, RHAPSODE_ALLOWED_NETWORKS=NETWORK) as server:
            created = server.client(KEY).studio.projects.create(
                name="Tides",
                from_url=f"{site.url}/tides.txt",
                auto_convert=True,
                default_paragraph_voice_id="tone_low",
            )
            assert created.project.state == "creating"
            server.kill()
        site.gate.set()
        with serving(rhapsode, RHAPSODE_API_KEY=KEY, RHAPSODE_ALLOWED_NETWORKS=NETWORK) as server:
            studio = server.client(KEY).studio.projects
            until_s = time.monotonic() + _LIMIT_S
            while not is_ready(project := studio.get(created.project.project_id)):
                assert time.monotonic() < until_s, project
                time.sleep(0.1)
            assert [chapter.name for chapter in project.chapters] == ["CHAPTER I", "CHAPTER II"]
            assert project.creation_meta is not None
            assert project.creation_meta.status == "finished"
            assert server.stop().exit_status == 0
        assert site.asked == ["/tides.txt"] * 2
