"""Build the course from its sections, hand it out, and grade what comes back with nbgrader."""
