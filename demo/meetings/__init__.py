"""What the fictional network does beside its figures: ateliers, an Openmap, a poll, committees, the year's diagnostic, brought in by HTTP."""
