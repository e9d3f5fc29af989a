"""What the service keeps of what it has answered: counts, and on request a little more. docs/traffic.md."""
