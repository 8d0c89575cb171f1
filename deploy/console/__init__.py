"""The operator's page `/exploitation`: how the platform is, what there is to do, and any filing's way."""
