"""Gateways: where bytes of stations, platforms and feeds enter and leave."""
