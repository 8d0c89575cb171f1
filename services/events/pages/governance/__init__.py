"""Governance: committees and colleges, their meetings, roadmaps and actions, milestones of the observatory."""
