"""Long tasks of the worker, one module a task."""
