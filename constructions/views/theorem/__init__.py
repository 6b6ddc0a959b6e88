"""One theorem: statement, stream, prompt, and every weight matrix as a block table."""
