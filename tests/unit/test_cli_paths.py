"""What the command line says of a path that is no file."""

from __future__ import annotations

from pathlib import Path

from cli.screen import missing


def test_a_folder_is_not_called_a_file_that_does_not_exist(tmp_path: Path) -> None:
    assert missing(tmp_path) == f"{tmp_path} est un dossier : donnez un fichier"
    assert missing(tmp_path / "T3.xlsx").endswith("T3.xlsx n’existe pas")
