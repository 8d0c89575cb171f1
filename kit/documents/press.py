"""The process that compiles one document: it imports typst and nothing of the service, so that it is there at once and leaves no memory behind."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
FONTS: Final = Path(__file__).parent / "fonts"


def typeset(template: Path, data: str) -> bytes:
    """`data` is the JSON text that the template sees as `data`. Raises typst's own error."""
    import typst  # only here: who imports this module must not carry it

    found: bytes = typst.compile(
        str(template), root=str(ROOT), font_paths=[str(FONTS)], sys_inputs={"data": data}, format="pdf", pdf_standards=["ua-1"]
    )
    return found


def main() -> None:
    """Reads a task on standard input, writes the PDF on standard output."""
    task = json.load(sys.stdin)
    try:
        sys.stdout.buffer.write(typeset(Path(task["template"]), task["data"]))
    except Exception as error:  # noqa: BLE001  whatever it is, the asker gets its words
        sys.exit(str(error))


if __name__ == "__main__":
    main()
