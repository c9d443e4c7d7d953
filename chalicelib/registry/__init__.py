"""Agents and their versions: registered once, and found again."""
