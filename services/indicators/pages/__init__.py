"""The observatory's pages: public ones from published tables only, and « Pilotage » for those entitled."""
