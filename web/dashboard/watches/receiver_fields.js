// Who is told: nobody, a webhook in one of several forms, or a topic of Amazon SNS.

import { h } from "../parts/elements.js";

const RECEIVERS = {
  nobody: "Nobody",
  standard: "A webhook (Standard Webhooks)",
  slack: "Slack",
  discord: "Discord",
  teams: "Microsoft Teams",
  pagerduty: "PagerDuty",
  sns: "Amazon SNS",
};
const KEEP = "keep";
const ADDRESSED = ["standard", "slack", "discord", "teams"];

/** {element, read()}: what PATCH and POST take as `notify`, and undefined to leave it. */
export function createReceiverFields(watch) {
  const choices = watch ? { [KEEP]: "As it is", ...RECEIVERS } : RECEIVERS;
  const options = Object.entries(choices).map(([value, text]) => h("option", { value }, text));
  const select = h("select", { on: { change: () => follow() } }, ...options);
  const url = field("Address", { type: "url", placeholder: "https://…" });
  const key = field("Integration key", { pattern: "[0-9A-Za-z]{32}", spellcheck: "false" });
  const topic = field("ARN of the topic", { placeholder: "arn:aws:sns:…", spellcheck: "false" });
  const element = h(
    "div",
    { class: "fields" },
    h("label", { class: "field" }, h("span", {}, "Tell"), select),
    url.element,
    key.element,
    topic.element,
  );

  function follow() {
    url.show(ADDRESSED.includes(select.value));
    key.show(select.value === "pagerduty");
    topic.show(select.value === "sns");
  }

  function read() {
    if (select.value === KEEP) return undefined;
    if (select.value === "nobody") return null;
    if (select.value === "sns") return { type: "sns", topic_arn: topic.value() };
    const webhook = { type: "webhook", format: select.value };
    return select.value === "pagerduty"
      ? { ...webhook, routing_key: key.value() }
      : { ...webhook, url: url.value() };
  }

  follow();
  return { element, read };
}

/** A field that is asked for only while it is shown. */
function field(label, attributes) {
  const input = h("input", { autocomplete: "off", ...attributes });
  const element = h("label", { class: "field" }, h("span", {}, label), input);
  return {
    element,
    value: () => input.value.trim(),
    show(isShown) {
      element.hidden = !isShown;
      input.required = isShown;
      input.disabled = !isShown;
    },
  };
}
