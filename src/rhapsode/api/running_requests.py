"""Every request counts as a download for as long as it is answered, from before anything is planned for it."""

from starlette.types import ASGIApp, Receive, Scope, Send

from rhapsode.delivery.running import RunningDownloads


class RunningRequests:
    """Enter each request into the downloads that clean-up leaves alone.

    All of them: one that sends no stored bytes is over in a moment, and so nothing is forgotten that a route sends.
    """

    def __init__(self, app: ASGIApp, running: RunningDownloads) -> None:
        self._app = app
        self._running = running

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        with self._running.download():
            await self._app(scope, receive, send)
