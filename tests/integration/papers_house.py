"""A meeting and a file that stay with each other."""

from __future__ import annotations

MEETING = {
    "kind": "ATELIER", "title": "Recours aux ETT", "theme": "ETT", "department": "93", "starts_at": "2027-01-29T09:30",
    "ends_at": "2027-01-29T12:00", "place": "Bobigny", "sessions": [{"name": "Atelier", "kind": "ATELIER", "capacity": 25}],
}  # fmt: skip
PDF = b"%PDF-1.7 fictif"
