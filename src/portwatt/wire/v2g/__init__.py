"""The layers below the messages of CCS2: Ethernet, SLAC, SDP, TCP and V2GTP as bytes in, typed values out."""
