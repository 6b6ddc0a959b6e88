"""What can be seen of a record: its page, its block tables, its network at work; for commands, notebooks, figures, the site."""
