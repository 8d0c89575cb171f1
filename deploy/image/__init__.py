"""The one image of all services: how it is made, and how it says that it lives."""
