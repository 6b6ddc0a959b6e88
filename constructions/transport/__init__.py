"""Plans that move one cloud of points to another, from the points in the prompt."""
