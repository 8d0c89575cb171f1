"""Facts and figures: applies every line exactly once, keeps totals, protects and publishes."""
