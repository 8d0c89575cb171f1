"""Takes declarations in: three doors, one validator, one record."""
