"""What depends on this service's own taste; the environment is read by the kit."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

REGISTRATIONS_A_MINUTE: Final = 30
"""New registrations from one address on the internet."""
REGISTRATIONS_A_MINUTE_LOCALLY: Final = 6_000
"""From this machine: a test or a bench is not a stranger."""
OFFERS_CHECKED_EVERY_S: Final = 20.0
AGENDA_DAYS_KEPT: Final = 60
"""Past meetings stay that long in the calendar feed."""
PROGRESS_TOLD_EVERY: Final = timedelta(minutes=10)
"""How often the progress of a diagnostic form is announced while somebody writes."""
TASKS_EVERY_S: Final = 60.0
