"""The log of changes that replicas follow."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from kit.postgres import Connection, Pool

# The newest row of each partition stays whatever its age: with it a replica sees whether its cursor lies before what is left.
# What has not been looked at for announcements stays too.
_TRIM: Final = """
    delete from changes c using (
        select topic, partition, max(batch_no) as newest from changes group by topic, partition
    ) last left join figures_cursor f using (topic, partition)
    where c.topic = last.topic and c.partition = last.partition and c.batch_no < last.newest and c.at < $1
        and (c.topic <> 'hours' or c.batch_no <= coalesce(f.batch_no, -1))
"""


NOTHING: Final = "nothing"
PARAMETERS: Final = "parameters"

# The lock lasts until the commit: the order of these numbers is the order of the commits, as with Kafka's partitions.
_NOTE: Final = """
    insert into changes (topic, partition, batch_no, ids)
    select $1, 0, coalesce(max(batch_no), 0) + 1, $2::uuid[] from changes where topic = $1 and partition = 0
"""


async def note(connection: Connection, topic: str, ids: Sequence[UUID] = ()) -> None:
    """Tell the replicas, in the caller's transaction, that a writer other than Kafka's readers changed something."""
    await connection.execute("select pg_advisory_xact_lock(hashtext('changes/' || $1))", topic)
    await connection.execute(_NOTE, topic, list(ids))


async def trim(pool: Pool, before: datetime) -> int:
    """Forget changes older than `before`. Returns how many."""
    status = await pool.execute(_TRIM, before)
    return int(status.rpartition(" ")[2])
