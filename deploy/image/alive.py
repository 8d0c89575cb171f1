"""What the container engine asks every few seconds: does the process of this container live? Exit 0 when it does."""

from __future__ import annotations

import http.client
import os
import sys


def main() -> None:
    connection = http.client.HTTPConnection("127.0.0.1", int(os.environ["MACS_HTTP_PORT"]), timeout=3)
    try:
        connection.request("GET", "/health/live")
        sys.exit(connection.getresponse().status != http.client.OK)
    except OSError:
        sys.exit(1)


if __name__ == "__main__":
    main()
