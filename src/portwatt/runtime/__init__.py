"""What turns pure functions into a running hub: the loop, the clock, the workers, and the interfaces it needs."""
