"""Contracts from the essential procurement data (DECP): read as a stream, judged row by row, recorded once."""
