// What may be done about a run: correct what was reported of it, or delete it.

import { navigate } from "../state/address.js";
import { openDialog } from "../parts/dialogs.js";
import { h } from "../parts/elements.js";
import { pathOf } from "../service/api.js";
import { createCorrection } from "./correction.js";

/** {element, show({run, mayCorrect, mayDelete}), fail()}: buttons for what the token may do. */
export function createRunActions(loader, segments) {
  const element = h("span", { class: "actions" });

  const correct = (run) => () => {
    const { content, read } = createCorrection(run);
    openDialog({
      title: "Correct this run",
      content,
      action: "Correct",
      async submit() {
        const changes = read();
        await loader.change("PATCH", pathOf(segments), changes);
        loader.refresh();
      },
    });
  };

  const remove = (run) => () =>
    openDialog({
      title: "Delete this run?",
      content: [
        h(
          "p",
          {},
          "Run ",
          h("bdi", {}, String(run.id)),
          " counts nowhere from the next answer on. It stays deleted: reports of it are refused.",
        ),
      ],
      action: "Delete",
      isDangerous: true,
      async submit() {
        await loader.change("DELETE", pathOf(segments));
        navigate({ view: "runs" }, { replace: true });
      },
    });

  const button = (label, click) =>
    h("button", { type: "button", class: "button small", on: { click } }, label);
  return {
    element,
    show({ run, mayCorrect, mayDelete }) {
      element.replaceChildren(
        ...[
          mayCorrect && button("Correct", correct(run)),
          mayDelete && button("Delete", remove(run)),
        ].filter((each) => each !== false),
      );
    },
    fail: () => element.replaceChildren(),
  };
}
