"""Portwatt."""
