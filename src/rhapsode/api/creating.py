"""Documents that become content: read while the client waits, and by the server alone where that takes longer."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import cast

from starlette.concurrency import run_in_threadpool

from rhapsode.api.context import Services
from rhapsode.api.source_form import SentFile, SourceForm
from rhapsode.authoring.bylines import Byline
from rhapsode.authoring.creations import Making, Order
from rhapsode.authoring.filling import Unsaid
from rhapsode.authoring.imports import ADDRESS, FILE, import_request, with_cast
from rhapsode.storage.creations import NewCreation
from rhapsode.studio.document import Document
from rhapsode.studio.ids import ProjectId, WorkspaceId
from rhapsode.studio.limits import QUICK_CREATION_S

BeginCreation = Callable[[NewCreation], tuple[WorkspaceId, ProjectId]]
"""Writes the row of a creation that goes on alone."""


@dataclass(frozen=True, slots=True)
class SentSource:
    """A document that a client has sent or named. unsaid, byline, is_cast: see import_request."""

    form: SourceForm
    file: SentFile | None
    unsaid: Unsaid | None = None
    byline: Byline | None = None
    is_cast: bool = False

    @property
    def is_document(self) -> bool:
        """Whether there is one at all."""
        return self.file is not None or self.form.from_url is not None

    def order(self) -> tuple[str, Order]:
        """(kind of creation, what is to be made)."""
        request = partial(
            import_request,
            auto_convert=self.form.auto_convert,
            unsaid=self.unsaid,
            byline=self.byline,
            is_cast=self.is_cast,
        )
        named = with_cast if self.is_cast else str
        if self.file is not None:
            return named(FILE), Order(request(filename=self.file.filename), self.file.read)
        return named(ADDRESS), Order(request(url=self.form.from_url or ""))


async def read_document(services: Services, source: SentSource, begin: BeginCreation) -> Document | ProjectId:
    """The document, or the project that it will be the content of, once `begin` has written what is asked for.

    The byline is put into what is made for the project, not into the document.

    Raises: DocumentRefused; FetchRefused; what `begin` raises.
    """
    kind, order = source.order()
    making = services.creations.make(kind, order)
    if await _is_quick(making):
        return cast("Document", making.future.result())

    def leave() -> ProjectId:
        document = None if source.file is None else source.file.keep()
        return services.creations.leave(making, lambda: begin(NewCreation(kind, order.request, document)))

    return await run_in_threadpool(leave)


async def fetch_document(services: Services, url: str) -> Document:
    """The document at an address, however long that takes. Raises: FetchRefused; DocumentRefused."""
    return await _made(services, ADDRESS, Order(import_request(url=url, auto_convert=False)))


async def read_without_keeping(services: Services, source: SentSource) -> Document:
    """The document, however long that takes, of which nothing is kept. Raises: FetchRefused; DocumentRefused."""
    return await _made(services, *source.order())


async def _made(services: Services, kind: str, order: Order) -> Document:
    """In the same lane as those that projects are made of, so that no more are read at once."""
    making = services.creations.make(kind, order)
    return cast("Document", await asyncio.wrap_future(making.future))


async def _is_quick(making: Making[Document]) -> bool:
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    making.future.add_done_callback(lambda _: loop.call_soon_threadsafe(ended.set))
    try:
        await asyncio.wait_for(ended.wait(), QUICK_CREATION_S)
    except TimeoutError:
        return False
    return True
