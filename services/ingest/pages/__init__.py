"""Pages under « /declarer »: what was handed in, a form, a file, receipts and journeys. All of them work without JavaScript."""
