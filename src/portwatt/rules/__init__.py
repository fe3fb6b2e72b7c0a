"""What happens at once, without a planner: authorise, admit, limit, react, follow."""
