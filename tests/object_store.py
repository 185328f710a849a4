"""An object store of this machine for tests: moto, which speaks S3's protocol and forgets everything at its end."""

import contextlib
import http.client
import logging
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import pytest
from moto.server import ThreadedMotoServer
from obstore.store import S3Store

from rhapsode.studio.ids import new_id

BUCKET = "books"


@dataclass(frozen=True)
class ObjectStore:
    """A server that has one bucket."""

    host: str
    port: int

    @property
    def environment(self) -> Mapping[str, str]:
        """What a process has to see of the world to find it."""
        return {
            "AWS_ENDPOINT_URL": f"http://{self.host}:{self.port}",
            "AWS_ACCESS_KEY_ID": "tests",
            "AWS_SECRET_ACCESS_KEY": "secret",
            "AWS_REGION": "us-east-1",
        }

    def new_url(self) -> str:
        """An address behind which nothing is."""
        return f"s3://{BUCKET}/{new_id().lower()}"

    def objects(self, url: str) -> S3Store:
        """What is behind an address, for tests that look at it or harm it."""
        prefix = url.removeprefix(f"s3://{BUCKET}/")
        return S3Store(BUCKET, prefix=prefix, client_options={"allow_http": True})

    def make_bucket(self) -> None:
        """Let there be the bucket that all addresses are in."""
        connection = http.client.HTTPConnection(self.host, self.port)
        with contextlib.closing(connection):
            connection.request("PUT", f"/{BUCKET}")
            assert connection.getresponse().status == 200


@contextlib.contextmanager
def object_store() -> Iterator[ObjectStore]:
    """Start a store in a thread, and show this process the way to it."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    # It takes any free port; what it would print of that is of no use here.
    server = ThreadedMotoServer("127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        store = ObjectStore(host, port)
        store.make_bucket()
        with pytest.MonkeyPatch.context() as patch:
            for name in [name for name in os.environ if name.startswith("AWS_")]:
                patch.delenv(name)
            for name, value in store.environment.items():
                patch.setenv(name, value)
            yield store
    finally:
        server.stop()
