"""The log of changes that replicas follow."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from kit.postgres import Pool

# The newest row of each partition stays whatever its age: with it a replica sees whether its cursor lies before what is left.
# What has not been looked at for announcements stays too.
_TRIM: Final = """
    delete from changes c using (
        select topic, partition, max(batch_no) as newest from changes group by topic, partition
    ) last left join figures_cursor f using (topic, partition)
    where c.topic = last.topic and c.partition = last.partition and c.batch_no < last.newest and c.at < $1
        and (c.topic <> 'hours' or c.batch_no <= coalesce(f.batch_no, -1))
"""


async def trim(pool: Pool, before: datetime) -> int:
    """Forget changes older than `before`. Returns how many."""
    status = await pool.execute(_TRIM, before)
    return int(status.rpartition(" ")[2])
