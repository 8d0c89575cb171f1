"""Values that formulas take, and who asked for what is not theirs: written in the open, never changed."""

from __future__ import annotations

from kit.postgres import Connection
from services.indicators.catalogue.parameters import Parameter, Parameters
from services.indicators.store.changes import PARAMETERS, note


async def put(connection: Connection, parameter: Parameter, by: str) -> None:
    """From that day on the value holds; the replicas are told, and the audit keeps who said so."""
    await connection.execute(
        """
        insert into parameters (name, valid_from, value, source, set_by) values ($1, $2, $3, $4, $5)
        on conflict (name, valid_from) do update set value = excluded.value, source = excluded.source, set_by = excluded.set_by, set_at = now()
        """,
        parameter.name, parameter.valid_from, parameter.value, parameter.source, by,
    )  # fmt: skip
    await note(connection, PARAMETERS)
    await audit(connection, by, "parameter", f"{parameter.name} = {parameter.value} from {parameter.valid_from}: {parameter.source}")


async def in_force(connection: Connection) -> Parameters:
    """Every value with its day, over the usual ones."""
    rows = await connection.fetch("select name, valid_from, value, source from parameters")
    return Parameters(Parameter(*row) for row in rows)


async def audit(connection: Connection, caller: str, action: str, about: str) -> None:
    """One row of what was asked or ordered."""
    await connection.execute("insert into audit (caller, action, about) values ($1, $2, $3)", caller, action, about[:500])
