"""Who is who: organisations, people, coordination mandates, accounts, sessions and keys."""
