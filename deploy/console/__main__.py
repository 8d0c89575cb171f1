"""The console's process, as the supervisor starts it."""

from __future__ import annotations

import os
from pathlib import Path

from deploy.console.app import create
from kit.service import main
from kit.settings import Settings

main(create(Settings.read(service="console", role="web"), Path(os.environ["MACS_DATA"])), "web")
