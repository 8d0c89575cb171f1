"""When an import that the server could not finish is tried again, and what its author reads meanwhile. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

import asyncpg

from kit.postgres import TRANSIENT

WAITS: Final = tuple(timedelta(seconds=seconds) for seconds in (10, 60, 120, 300, 900))
MOST: Final = len(WAITS) + 1
"""Tries of one import: over twenty-three minutes, longer than a database takes to start again."""
MOST_UNFORESEEN: Final = 2
"""Of one that fails for a reason that nobody foresaw: a mistake of ours does not go away by waiting."""
KEPT: Final = timedelta(days=7)
"""How long the file of an import that was given up stays, so that it can be tried again."""

_BUSY: Final = (
    asyncpg.QueryCanceledError,
    asyncpg.LockNotAvailableError,
    asyncpg.exceptions.TransactionRollbackError,
    asyncpg.IdleInTransactionSessionTimeoutError,
    TimeoutError,
)
_AWAY: Final = (
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    asyncpg.exceptions.OperatorInterventionError,
    ConnectionError,
)
_SAYS: Final[tuple[tuple[type[BaseException] | tuple[type[BaseException], ...], str], ...]] = (
    (_BUSY, "La base de données n’a pas fini à temps."),
    (_AWAY, "La base de données n’était pas joignable."),
    (asyncpg.exceptions.InsufficientResourcesError, "La base de données manque de place ou de mémoire."),
    (asyncpg.ReadOnlySQLTransactionError, "La base de données n’accepte pas d’écriture pour l’instant."),
    (OSError, "Le serveur n’a pas pu lire le fichier qu’il garde."),
)
INTERRUPTED: Final = "L’import a été interrompu chaque fois avant la fin, sans autre explication."
"""Of one whose process was killed each time, which says nothing."""


def said_of(error: BaseException) -> str:
    """Why an import failed, for whoever asked for it: no word of the error itself, which may quote the file."""
    return next((words for kinds, words in _SAYS if isinstance(error, kinds)), "Une erreur que nous n’avions pas prévue a arrêté l’import.")


def next_try(error: BaseException, tries: int, now: datetime) -> datetime | None:
    """When to try again after the failure of the `tries`-th try (1 is the first); None when it is given up."""
    most = MOST if isinstance(error, TRANSIENT) else MOST_UNFORESEEN
    return now + WAITS[tries - 1] if tries < most else None
