"""Conditions on agents, looked at every minute; and who is told when they change."""
