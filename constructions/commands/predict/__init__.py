"""`predict`: a frozen network on CSV files."""
