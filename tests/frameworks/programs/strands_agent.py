from common import LLM, get_weather, provider
from strands import Agent, tool
from strands.models.openai import OpenAIModel

model = OpenAIModel(client_args={"base_url": LLM, "api_key": "none"}, model_id="gpt-4o-mini")
Agent(
    name="weather_agent",
    model=model,
    tools=[tool(get_weather)],
    callback_handler=None,
    trace_attributes={"gen_ai.agent.version": "7.0"},
)("How is the weather in Paris?")
provider.shutdown()
