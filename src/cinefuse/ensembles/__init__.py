"""Finished runs that tell genres together: what an ensemble is on the disk, and how it scores."""
