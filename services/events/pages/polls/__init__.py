"""« Sondages »: pages of who organises them and of who answers."""
