"""A fictional region, made from the calibration of the field: for the demonstration, the tests and the benchmarks."""
