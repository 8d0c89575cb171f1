"""Placing meetings: which day, which half-day, with whom, in which room. Pure models on OR-Tools' CP-SAT; no clock, no database."""
