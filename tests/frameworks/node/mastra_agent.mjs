import { createOpenAICompatible } from "@ai-sdk/openai-compatible-v5";
import { Mastra } from "@mastra/core";
import { Agent } from "@mastra/core/agent";
import { createTool } from "@mastra/core/tools";
import { OtelExporter } from "@mastra/otel-exporter";
import { z } from "zod";

const models = createOpenAICompatible({
  name: "openai",
  baseURL: process.env.OPENAI_BASE_URL,
  apiKey: "none",
});
const get_weather = createTool({
  id: "get_weather",
  description: "Get the weather for a city.",
  inputSchema: z.object({ city: z.string() }),
  execute: async () => ({ weather: "sunny" }),
});
const weather = new Agent({
  id: "weather_agent",
  name: "weather_agent",
  instructions: "You report the weather.",
  model: models("gpt-4o-mini"),
  tools: { get_weather },
});
const exporter = new OtelExporter({
  provider: {
    custom: {
      endpoint: `${process.env.OTEL_EXPORTER_OTLP_ENDPOINT}/v1/traces`,
      protocol: "http/protobuf",
      headers: { authorization: decodeURIComponent(process.env.OTEL_TOKEN ?? "") },
    },
  },
});
const mastra = new Mastra({
  agents: { weather },
  observability: { configs: { otel: { serviceName: "live-service", exporters: [exporter] } } },
});
await mastra.getAgent("weather").generate("How is the weather in Paris?");
// It sets itself up at the first span, and takes spans in the background.
await new Promise((resolve) => setTimeout(resolve, 2000));
await exporter.shutdown();
