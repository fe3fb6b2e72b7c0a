"""OCPP-J 1.6, 2.0.1 and 2.1 without sockets: frames, schemas at the door, typed messages, and the conversation."""
