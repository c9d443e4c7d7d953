"""What has to be done now and again, in a limited time: a list of steps, each by its own room."""

from chalicelib.upkeep.steps import STEPS, Step, run_upkeep

__all__ = ["STEPS", "Step", "run_upkeep"]
