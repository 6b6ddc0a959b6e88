"""Wrong constructions, in families. Each must be caught; a method that lets one pass is broken."""
