"""The world outside the hub, simulated: stations that speak real frames, trucks, trains, faults; virtual time."""
