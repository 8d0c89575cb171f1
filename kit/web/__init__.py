"""The HTTP edge that all services share: requests, pages, errors, limits."""
