"""Single values: instants, durations, outcomes, and the checks that pydantic lacks."""
