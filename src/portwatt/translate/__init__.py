"""Messages to events, commands to messages: the only place that knows both sides."""
