"""GB/T 27930 between charger and battery management on CAN: identifiers, long messages, tables, editions.

Source: the facts in src/portwatt/data/gbt27930, reconstructed from public transcriptions of GB/T 27930-2015, not from
the paid standard; each file says so. The ChaoJi profile is a committee draft, and off unless asked for.
"""
