from common import LLM, get_weather, provider
from openinference.instrumentation.smolagents import SmolagentsInstrumentor
from smolagents import OpenAIServerModel, ToolCallingAgent, tool

SmolagentsInstrumentor().instrument(tracer_provider=provider)
model = OpenAIServerModel("gpt-4o-mini", api_base=LLM, api_key="none")
agent = ToolCallingAgent(tools=[tool(get_weather)], model=model, name="weather_agent")
agent.run("How is the weather in Paris?")
provider.shutdown()
