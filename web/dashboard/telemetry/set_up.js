// How an agent's telemetry finds its way here: four lines, with this page's own address.

import { baseAddress } from "../service/api.js";
import { command, shellWord } from "../parts/copying.js";
import { h } from "../parts/elements.js";

const PYTHON = `provider = TracerProvider(resource=Resource.create({"service.version": "1.0.0"}))
provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
trace.set_tracer_provider(provider)
Agent.instrument_all()  # Pydantic AI; docs/telemetry.md has the other frameworks`;

const NODE = `const provider = new NodeTracerProvider({ spanProcessors: [new BatchSpanProcessor(new OTLPTraceExporter())] });
provider.register();
await generateText({ /* model, tools, prompt */ experimental_telemetry: { isEnabled: true, functionId: "my-agent" } });
await provider.shutdown();`;

/** The lines for a shell, whatever the language. */
export const shellLines = (address) =>
  [
    `export OTEL_EXPORTER_OTLP_ENDPOINT=${shellWord(address)}`,
    'export OTEL_EXPORTER_OTLP_HEADERS="Authorization=Bearer%20$AGENT_METRICS_TOKEN"',
    "export OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf",
    "export OTEL_RESOURCE_ATTRIBUTES=service.name=my-agent,service.version=1.0.0",
  ].join("\n");

/** {element, show(isEmpty)}: open where nothing has come yet. */
export function createSetUp() {
  const title = h("h2", { id: "set-up-title" });
  const fold = h(
    "details",
    { class: "fold" },
    h("summary", {}, "Four lines in the agent’s environment, and four in its code"),
    h(
      "p",
      { class: "soft" },
      "The token is one of scope ingest; a service that asks for none ignores it. Prompts and completions are never stored.",
    ),
    command(shellLines(baseAddress), "In the environment"),
    h("h3", {}, "Python"),
    command(PYTHON, "In Python"),
    h("h3", {}, "Node.js, here with Vercel’s AI SDK"),
    command(NODE, "In Node.js"),
  );
  const element = h(
    "section",
    { class: "card", "aria-labelledby": "set-up-title" },
    h("div", { class: "card-head" }, title),
    h("div", { class: "run" }, fold),
  );
  return {
    element,
    show(isEmpty) {
      title.textContent = isEmpty ? "Nothing has come over OpenTelemetry yet" : "Set-up";
      fold.open = isEmpty;
    },
  };
}
