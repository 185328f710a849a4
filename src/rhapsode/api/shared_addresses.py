"""Where things are that are opened without a key: each kind at addresses of its own, with a token that opens one."""

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import quote

from rhapsode.access.links import LinkKind, Signer, get_signer
from rhapsode.api.addresses import SHARED_PATH, Addresses
from rhapsode.api.context import Services
from rhapsode.studio.ids import ProjectId, WorkspaceId
from rhapsode.studio.project import Project


@dataclass(frozen=True, slots=True)
class Links:
    """The addresses of one kind in a workspace, as they are at one moment."""

    addresses: Addresses
    workspace_id: WorkspaceId
    signer: Signer

    def of(self, resource_id: str, name: str) -> str:
        """The absolute address of a resource's file."""
        place = "/".join(quote(part, safe="") for part in (self.workspace_id, self.signer.kind, resource_id))
        return self.addresses.of(f"{SHARED_PATH}/{place}/{self.signer.token(resource_id)}/{name}")


def get_links(services: Services, workspace_id: WorkspaceId, kind: LinkKind) -> Links:
    """All of a kind."""
    return Links(services.addresses, workspace_id, get_signer(services.records, workspace_id, kind))


def find_cover_urls(
    services: Services, workspace_id: WorkspaceId, projects: Iterable[Project]
) -> dict[ProjectId, str]:
    """The addresses of the covers of those projects that have one."""
    covered = [project.project_id for project in projects if project.cover_key is not None]
    if not covered:
        return {}
    links = get_links(services, workspace_id, "cover")
    return {project_id: links.of(project_id, "cover") for project_id in covered}
