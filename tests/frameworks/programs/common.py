"""What every program here begins with: a tracer provider, and the model's address.

The exporter takes everything else from OTEL_EXPORTER_OTLP_ENDPOINT and OTEL_EXPORTER_OTLP_HEADERS.
"""

import os

from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

LLM = os.environ["OPENAI_BASE_URL"]
provider = TracerProvider(
    resource=Resource.create({"service.name": "live-service", "service.version": "3.2.1"})
)
provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
trace.set_tracer_provider(provider)


def get_weather(city: str) -> str:
    """Get the weather for a city.

    Args:
        city: The name of the city.
    """
    return f"{city}: sunny, 21 degrees"
