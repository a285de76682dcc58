"""Migrations of the counts by month."""
