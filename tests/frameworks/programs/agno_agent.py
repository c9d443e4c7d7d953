from agno.agent import Agent
from agno.models.openai import OpenAIChat
from common import LLM, get_weather, provider
from openinference.instrumentation.agno import AgnoInstrumentor

AgnoInstrumentor().instrument(tracer_provider=provider)
model = OpenAIChat(id="gpt-4o-mini", base_url=LLM, api_key="none")
Agent(name="weather_agent", model=model, tools=[get_weather], telemetry=False).run("Weather?")
provider.shutdown()
