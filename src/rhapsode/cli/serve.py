"""`rhapsode serve`: the API, with everything that it needs, in one process and its children."""

import gc
import secrets
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from rhapsode.access.keys import add_given_key, create_api_key, list_api_keys
from rhapsode.access.rule import is_loopback
from rhapsode.access.sign_in_links import SignInLinks
from rhapsode.access.sign_ins import SignIns
from rhapsode.app import App, open_configured, run_services, sign_in_rule
from rhapsode.cli.console import errors, results, warn
from rhapsode.cli.http_server import Listener, run_http, take_address
from rhapsode.cli.options import DataOption, data_directory
from rhapsode.cli.process_limits import allow_many_files, share_heap
from rhapsode.cli.sign_in import OpenOption, show_link
from rhapsode.cli.stopping import StopRequest, on_stop_signals
from rhapsode.cli.tls import find_certificate
from rhapsode.cli.unsafe import list_dangers
from rhapsode.cli.who_connects import access_rule, connection_limits
from rhapsode.processes import ChildDied
from rhapsode.processes.guards import find_missing_guards
from rhapsode.settings import Settings
from rhapsode.storage.directory import ServerAddress
from rhapsode.storage.records import DEFAULT_WORKSPACE_ID
from rhapsode.storage.sqlite import note_old_version
from rhapsode.studio.errors import InvalidInput, KeyRefused
from rhapsode.telemetry.tracing import tracing

DEFAULT_HOST = "127.0.0.1"
DEFAULT_PORT = 8000
_TOKEN_BYTES = 32
_FIRST_KEY = "first start"
_GIVEN_KEY = "RHAPSODE_API_KEY"


def serve(
    host: Annotated[
        str, typer.Option(metavar="ADDRESS", help="Where to listen; 0.0.0.0 for the whole network.")
    ] = DEFAULT_HOST,
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 takes one that is free.")] = DEFAULT_PORT,
    opens: OpenOption = False,
    no_auth: Annotated[bool, typer.Option("--no-auth", help="Ask nobody on this machine for a key.")] = False,
    tls_cert: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Speak TLS, with the certificate in this PEM file.")
    ] = None,
    tls_key: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="The certificate's key, in a PEM file without password."),
    ] = None,
    concurrency: Annotated[
        int | None,
        typer.Option(
            min=0,
            max=1024,
            help="With RHAPSODE_DATABASE_URL: how many slices of conversions are made here at once; 0 leaves them to "
            "workers.",
        ),
    ] = None,
    data: DataOption = None,
) -> None:
    """Serve the API of ElevenLabs Studio.

    The first start makes an API key and prints it; RHAPSODE_API_KEY sets one instead. In a terminal, each start
    prints a link that signs one browser in. Other commands on the same data directory work through the server.
    Ctrl-C ends it: conversions go on at the next start.
    """
    if no_auth and not is_loopback(host):
        msg = (
            f"Without keys, everybody who reaches {host} could do everything. Leave out --no-auth or --host."
        )
        raise InvalidInput(msg)
    certificate = find_certificate(tls_cert, tls_key)
    settings = Settings()
    share_heap()
    allow_many_files()
    asked = StopRequest()
    with (
        # The last thing to end, so that what ends before is told too.
        tracing(),
        # Noted until it listens: imports would swallow an exception, and what is being opened would stay half done.
        on_stop_signals(asked.note),
        # First of all, so that a second start hears of the server that runs here, and not of its port.
        open_configured(data_directory(data), settings, command="serve", slot_count=concurrency) as app,
    ):
        asked.raise_if_asked()
        note_old_version()
        with take_address(host, port, certificate=certificate) as listener:
            for danger in list_dangers(host, settings, has_tls=certificate is not None):
                warn(danger)
            _tell_missing_guards()
            if not no_auth:
                _see_to_a_key(app, settings, settings.public_url or listener.url)
            _serve(app, listener, settings, asked, no_auth=no_auth, opens=opens)


def _tell_missing_guards() -> None:
    """Say what readers of others' files can do on this machine that they shouldn't. It takes a tenth of a second."""
    try:
        missing = find_missing_guards()
    except (ChildDied, OSError):  # nothing that only warns keeps a server from starting
        missing = ("not be tried out",)
    if missing:
        what = f"Processes that read others' files can {', '.join(missing)} here. See docs/security.md."
        errors.print(what, style="yellow", markup=False, soft_wrap=True)


def _serve(
    app: App, listener: Listener, settings: Settings, asked: StopRequest, *, no_auth: bool, opens: bool
) -> None:
    # What commands of other processes show, until this one ends.
    server = ServerAddress(
        listener.url,
        secrets.token_urlsafe(_TOKEN_BYTES),
        None if listener.certificate is None else listener.certificate.own,
    )
    access = replace(
        access_rule(app.records, settings),
        open_workspace=DEFAULT_WORKSPACE_ID if no_auth else None,
        command_token=server.token,
        sign_ins=SignIns(app.records, sign_in_rule(settings)),
        trust_remote_user=settings.trust_remote_user,
    )

    links = None if no_auth else SignInLinks()
    with run_services(app, settings, url=listener.url, sign_in_links=links) as services:
        # The wire takes a second to import, which the other commands need not wait for.
        from rhapsode.api.server import create_app
        from rhapsode.web import page, player
        from rhapsode.web.documentation import routes as documentation

        app_of_all = create_app(
            services, access=access, pages=[page.router, player.router, documentation.router]
        )
        # All that is there now stays. The collector would look through it again and again, and keep every request
        # waiting for a tenth of a second each time.
        gc.collect()
        gc.freeze()

        def announce() -> None:
            app.directory.announce(server)
            results.print(f"Rhapsode listens on {server.url}", markup=False, soft_wrap=True)
            show_link(services.new_sign_in_link(), opens=opens)

        def stop_soon() -> None:
            services.readiness.drain()
            # Whoever waits for an export would wait in vain, for as long as the server lets them.
            services.exporting.stop_soon()

        run_http(
            app_of_all,
            listener,
            asked,
            limits=connection_limits(settings),
            on_listening=announce,
            on_stopping=stop_soon,
        )


def _see_to_a_key(app: App, settings: Settings, url: str) -> None:
    """See that there is a key which opens the default workspace; one that is made here is shown here, once.

    Raises: KeyRefused, when the given one can't be a key.
    """
    if settings.api_key is not None:
        secret = settings.api_key.get_secret_value()
        try:
            add_given_key(app.records, DEFAULT_WORKSPACE_ID, name=_GIVEN_KEY, secret=secret)
        except KeyRefused as error:
            msg = f"{_GIVEN_KEY}: {error}"
            raise KeyRefused(msg) from error
    elif all(key.revoked_at_ms is not None for key in list_api_keys(app.records, DEFAULT_WORKSPACE_ID)):
        _print_key(create_api_key(app.records, DEFAULT_WORKSPACE_ID, name=_FIRST_KEY).secret, url)


def _print_key(secret: str, url: str) -> None:
    for line in (
        "This is the API key of this server, and it is shown only now. The official SDKs read it from here:",
        "",
        f"    export ELEVENLABS_API_KEY={secret}",
        "",
        f'and are told the address in the program: ElevenLabs(base_url="{url}")',
        "",
    ):
        results.print(line, markup=False, soft_wrap=True)
