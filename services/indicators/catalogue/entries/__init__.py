"""The indicators of the observatory (domain 2.5), one module a subject."""
