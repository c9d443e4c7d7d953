from agents import Agent, Runner, function_tool, set_default_openai_client
from common import LLM, get_weather, provider
from openai import AsyncOpenAI
from openinference.instrumentation.openai_agents import OpenAIAgentsInstrumentor

set_default_openai_client(AsyncOpenAI(base_url=LLM, api_key="none"), use_for_tracing=False)
OpenAIAgentsInstrumentor().instrument(tracer_provider=provider)
weather = Agent(name="weather_agent", tools=[function_tool(get_weather)], model="gpt-4o-mini")
Runner.run_sync(weather, "How is the weather in Paris?")
provider.shutdown()
