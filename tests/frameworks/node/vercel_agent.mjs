import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-http";
import { resourceFromAttributes } from "@opentelemetry/resources";
import { BatchSpanProcessor, NodeTracerProvider } from "@opentelemetry/sdk-trace-node";
import { generateText, stepCountIs, tool } from "ai";
import { z } from "zod";

const provider = new NodeTracerProvider({
  resource: resourceFromAttributes({ "service.name": "live-service", "service.version": "3.2.1" }),
  spanProcessors: [new BatchSpanProcessor(new OTLPTraceExporter())],
});
provider.register();
const models = createOpenAICompatible({
  name: "openai",
  baseURL: process.env.OPENAI_BASE_URL,
  apiKey: "none",
});
const get_weather = tool({
  description: "Get the weather for a city.",
  inputSchema: z.object({ city: z.string() }),
  execute: async ({ city }) => `${city}: sunny, 21 degrees`,
});
await generateText({
  model: models("gpt-4o-mini"),
  tools: { get_weather },
  stopWhen: stepCountIs(5),
  prompt: "How is the weather in Paris?",
  experimental_telemetry: { isEnabled: true, functionId: "weather_agent" },
});
await provider.shutdown();
