"""Run by Inspect AI's own Python: writes two logs of one task into the folder that is named."""

from __future__ import annotations

import sys

from inspect_ai import Task
from inspect_ai import eval as evaluate
from inspect_ai.dataset import Sample
from inspect_ai.model import ModelOutput, ModelUsage, get_model
from inspect_ai.scorer import match
from inspect_ai.solver import generate


def answer(text: str) -> ModelOutput:
    output = ModelOutput.from_content("mockllm/model", text)
    # Otherwise the mock model counts tokens with what it would have to download.
    output.usage = ModelUsage(
        input_tokens=100, output_tokens=10, total_tokens=110, input_tokens_cache_read=40
    )
    return output


task = Task(
    dataset=[
        Sample(id="first", input="2 + 2", target="4"),
        Sample(id=2, input="2 + 3", target="5"),
    ],
    solver=generate(),
    scorer=match(),
    name="arithmetic",
)
for form in ("eval", "json"):
    model = get_model("mockllm/model", custom_outputs=[answer("4"), answer("4")])
    evaluate(task, model=model, log_dir=sys.argv[1], log_format=form, display="none", max_samples=1)
