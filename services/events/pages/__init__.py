"""What a person sees of meetings."""
