"""Protocols as bytes in, messages out: no I/O, no clock; each folder for itself."""
