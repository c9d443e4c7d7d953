from common import LLM, get_weather, provider
from langchain.agents import create_agent
from langchain_core.tools import tool
from langchain_openai import ChatOpenAI
from openinference.instrumentation.langchain import LangChainInstrumentor

LangChainInstrumentor().instrument(tracer_provider=provider)
model = ChatOpenAI(model="gpt-4o-mini", base_url=LLM, api_key="none")
agent = create_agent(model, tools=[tool(get_weather)], name="weather_agent")
agent.invoke({"messages": [{"role": "user", "content": "How is the weather in Paris?"}]})
provider.shutdown()
