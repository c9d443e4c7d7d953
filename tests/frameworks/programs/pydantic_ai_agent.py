from common import LLM, get_weather, provider
from pydantic_ai import Agent
from pydantic_ai.models.openai import OpenAIChatModel
from pydantic_ai.providers.openai import OpenAIProvider

Agent.instrument_all()
model = OpenAIChatModel("gpt-4o-mini", provider=OpenAIProvider(base_url=LLM, api_key="none"))
Agent(model, name="weather_agent", tools=[get_weather]).run_sync("How is the weather in Paris?")
provider.shutdown()
