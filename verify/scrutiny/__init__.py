"""What a record is made of: its functions as code, tools of digging, source texts and digests."""
