"""The outside world behind the service's ports."""
