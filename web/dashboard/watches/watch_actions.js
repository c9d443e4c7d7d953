// What may be done about a watch: mute, edit, send a sample, renew its secret, delete.

import { addressOf, navigate } from "../state/address.js";
import { copyButton } from "../parts/copying.js";
import { openDialog } from "../parts/dialogs.js";
import { h } from "../parts/elements.js";
import { pathOf } from "../service/api.js";
import { sentence } from "../parts/notices.js";

const HOUR_MS = 3_600_000;
/** Hours, as words. */
const MUTES = { 1: "An hour", 8: "8 hours", 24: "A day", 168: "A week", 720: "30 days" };

/** {element, show({watch, mayWrite})}: buttons for what the token may do. */
export function createWatchActions(loader, id, onTry) {
  const path = (...more) => pathOf(["watches", id, ...more]);
  const element = h("span", { class: "actions" });

  async function change(body) {
    await loader.change("PATCH", path(), body);
    loader.refresh();
  }

  function mute() {
    const options = Object.entries(MUTES).map(([value, text]) => h("option", { value }, text));
    const select = h("select", {}, ...options);
    openDialog({
      title: "Mute this watch",
      content: [
        h("p", {}, "Its state goes on changing, and its history says so, but nobody is told."),
        h("label", { class: "field" }, h("span", {}, "For"), select),
      ],
      action: "Mute",
      submit() {
        const until = new Date(Date.now() + Number(select.value) * HOUR_MS);
        return change({ muted_until: until.toISOString() });
      },
    });
  }

  function sample() {
    openDialog({
      title: "Send a sample?",
      content: [h("p", {}, "Whom this watch tells is sent a message that says it is a test.")],
      action: "Send",
      async submit() {
        const { delivered, detail } = await loader.send("POST", path("test"));
        openNote(delivered ? "It was delivered" : "It was not delivered", sentence(detail));
      },
    });
  }

  function renew() {
    openDialog({
      title: "Give its webhook a new secret?",
      content: [h("p", {}, "Messages are signed with both for a day, then with the new one.")],
      action: "New secret",
      async submit() {
        showSecret((await loader.change("POST", path("secret"))).secret);
        loader.refresh();
      },
    });
  }

  function remove(watch) {
    openDialog({
      title: "Delete this watch?",
      content: [h("p", {}, h("bdi", {}, watch.name), " and its history are deleted for good.")],
      action: "Delete",
      isDangerous: true,
      async submit() {
        await loader.change("DELETE", path());
        navigate({ agent: null, view: "watches" }, { replace: true });
      },
    });
  }

  const button = (label, click) =>
    h("button", { type: "button", class: "button small", on: { click } }, label);

  function show({ watch, mayWrite }) {
    const notify = watch.notify;
    const isMuted = watch.muted_until !== null && Date.parse(watch.muted_until) > Date.now();
    const writing = [
      isMuted ? button("Unmute", () => unmute()) : button("Mute", mute),
      h("a", { class: "button small", href: addressOf({ edit: "1" }) }, "Edit"),
      notify && button("Send a sample", sample),
      notify?.format === "standard" && button("New secret", renew),
      button("Delete", () => remove(watch)),
    ];
    const buttons = [button("Try", () => onTry(watch)), ...(mayWrite ? writing : [])];
    element.replaceChildren(...buttons.filter((each) => each instanceof HTMLElement));
  }

  function unmute() {
    openDialog({
      title: "Unmute this watch?",
      content: [h("p", {}, "Its next change of state is told again.")],
      action: "Unmute",
      submit: () => change({ muted_until: null }),
    });
  }

  return { element, show };
}

/** The secret that signs a webhook's messages, which no other answer has. */
export function showSecret(secret) {
  openNote(
    "Its secret, this once",
    "Receivers verify messages with it. It is not shown again.",
    h("div", { class: "command" }, h("pre", { tabindex: "0", "aria-label": "Secret" }, secret)),
    copyButton(() => secret, "Copy the secret"),
  );
}

function openNote(title, text, ...more) {
  openDialog({
    title,
    content: [h("p", {}, text), ...more],
    action: "Close",
    isNote: true,
    submit: async () => {},
  });
}
