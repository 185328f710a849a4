"""Requests that are refused where the disk is nearly full: what keeps a file, or asks for new audio."""

from fastapi import Depends

from rhapsode.api.context import ServicesOf


async def _check_room(services: ServicesOf) -> None:
    services.check_room()


NEEDS_ROOM = Depends(_check_room)
"""Of a route: it is asked before the body is read. Raises: StorageFull."""
