"""Backward passes that are right, written as people write them. The checker must accuse none."""
