"""Right backward passes made wrong, one slip at a time, to see whether the checker finds each."""
