"""`rhapsode worker`: speak and encode for servers that share a database with it."""

import contextlib
import threading
from functools import partial
from typing import Annotated

import typer

from rhapsode.app import App, Worker, open_configured, run_conversions
from rhapsode.cli.console import errors, results
from rhapsode.cli.http_server import Listener, run_http, take_address
from rhapsode.cli.options import DataOption, data_directory
from rhapsode.cli.process_limits import allow_many_files, share_heap
from rhapsode.cli.stopping import StopRequest, on_stop_signals
from rhapsode.cli.who_connects import access_rule, connection_limits
from rhapsode.settings import Settings
from rhapsode.studio.errors import InvalidInput
from rhapsode.telemetry.tracing import tracing

_LOOK_S = 0.2


def worker(
    engine: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="An engine that speaks here, and no other; may be repeated."),
    ] = None,
    concurrency: Annotated[
        int | None,
        typer.Option(min=1, max=1024, help="How many slices of conversions are made here at once."),
    ] = None,
    port: Annotated[
        int | None,
        typer.Option(
            min=0, max=65535, help="Answer /healthz, /readyz and /metrics there; 0 takes a free one."
        ),
    ] = None,
    host: Annotated[
        str, typer.Option(metavar="ADDRESS", help="Where to listen; 0.0.0.0 for the whole network.")
    ] = "127.0.0.1",
    data: DataOption = None,
) -> None:
    """Speak and encode for servers that share a database.

    RHAPSODE_DATABASE_URL and RHAPSODE_BLOBS_URL say which, and each worker has a data directory of its own. Ctrl-C or
    SIGTERM ends it: what it has in hand is finished, and others go on with the rest.
    """
    settings = Settings()
    if settings.database_url is None:
        msg = "A worker shares a database with servers: set RHAPSODE_DATABASE_URL and RHAPSODE_BLOBS_URL."
        raise InvalidInput(msg)
    share_heap()
    allow_many_files()
    asked = StopRequest()
    with (
        # The last thing to end, so that what ends before is told too.
        tracing(),
        on_stop_signals(asked.note),
        open_configured(
            data_directory(data), settings, command="worker", engines=engine, slot_count=concurrency
        ) as app,
    ):
        asked.raise_if_asked()
        with contextlib.ExitStack() as stack:
            listener = None if port is None else stack.enter_context(take_address(host, port))
            working = stack.enter_context(run_conversions(app))
            assert app.fleet is not None
            results.print(f"Rhapsode works with {', '.join(app.fleet.engines)}", markup=False, soft_wrap=True)
            if listener is None:
                _wait(asked)
            else:
                _answer(app, working, listener, settings, asked)
            errors.print("Stopping: what is in hand is finished, and others go on with the rest.")


def _answer(app: App, working: Worker, listener: Listener, settings: Settings, asked: StopRequest) -> None:
    # The wire takes a second to import.
    from rhapsode.api.worker_server import create_worker_app

    told = f"Rhapsode listens on {listener.url}"
    run_http(
        create_worker_app(working, access=access_rule(app.records, settings), url=listener.url),
        listener,
        asked,
        limits=connection_limits(settings),
        on_listening=partial(results.print, told, markup=False, soft_wrap=True),
        on_stopping=working.readiness.drain,
    )


def _wait(asked: StopRequest) -> None:
    # A wait without an end would hear of no signal on some systems.
    waiting = threading.Event()
    while not asked.is_asked:
        waiting.wait(_LOOK_S)
