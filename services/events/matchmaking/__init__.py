"""Who meets whom, in which ten minutes, at which table. Pure: participants in, timetable out; no database, no clock.

In this order: `participants` (who comes, with what) → `scoring` (what a pair is worth, and why) → `assignment` (which pairs meet)
→ `timetable` (when and where they do).
"""
