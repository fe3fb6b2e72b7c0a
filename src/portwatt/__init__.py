"""Portwatt: the operating system of a port's green-freight hub."""

from importlib.metadata import version

__version__ = version("portwatt")
