"""What methods are made of: one engine a file, shared by methods or too large for theirs."""
