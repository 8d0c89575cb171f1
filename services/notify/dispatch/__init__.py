"""From facts to deliveries, inside the transaction that took the fact in."""
