"""`python -m cli`, which is what `./macs` runs."""

from cli.main import main

main()
