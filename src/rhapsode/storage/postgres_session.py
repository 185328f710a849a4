"""What every connection to Postgres is begun with, so that neither end waits for one that has gone without a word.

A network that loses packets tells nobody. Each end asks by itself whether the other one is there, and gives up when
nobody acknowledges what it has sent: ours so that requests get an answer, the database's so that it lets go of the
locks of a process that is cut off.
Source: postgresql.org/docs/current: 32.1.2 (parameters of connections), 19.3.2 (TCP settings), 19.11 (time-outs).
"""

from rhapsode.studio.limits import DATABASE_CONNECT_S, DATABASE_LOCK_S, DATABASE_SILENCE_S

_ASK_EVERY_S = 2
# So long a process that stands still in a transaction keeps its locks from others. One on records may read a store
# meanwhile; those of the job engine hold locks that all members wait for.
_RECORDS_IDLE_S, _JOBS_IDLE_S = 20, 5


def records_session() -> dict[str, str | int]:
    """What `psycopg.connect` is given beside an address, for records."""
    return _session(_RECORDS_IDLE_S)


def jobs_session() -> dict[str, str | int]:
    """The same for the job engine of a fleet."""
    return _session(_JOBS_IDLE_S)


def _session(idle_in_transaction_s: int) -> dict[str, str | int]:
    asking = _asking()
    settings = {
        "idle_in_transaction_session_timeout": idle_in_transaction_s * 1000,
        "lock_timeout": DATABASE_LOCK_S * 1000,
        **{f"tcp_{name}": value for name, value in asking.items()},
        "tcp_user_timeout": DATABASE_SILENCE_S * 1000,
    }
    return {
        "application_name": "rhapsode",
        "connect_timeout": DATABASE_CONNECT_S,
        "tcp_user_timeout": DATABASE_SILENCE_S * 1000,
        "options": " ".join(f"-c {name}={value}" for name, value in settings.items()),
        **asking,
    }


def _asking() -> dict[str, int]:
    """When the other end is asked on a connection that nothing is sent on. What is sent asks by itself."""
    after_s = DATABASE_SILENCE_S // 2
    count = -(-(DATABASE_SILENCE_S - after_s) // _ASK_EVERY_S)
    return {"keepalives_idle": after_s, "keepalives_interval": _ASK_EVERY_S, "keepalives_count": count}
