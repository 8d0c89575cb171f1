"""Hours from a file: CSV or XLSX to raw lines, whatever spreadsheet wrote it. Pure: bytes in, lines out."""
