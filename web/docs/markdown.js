// The little of Markdown that the API document uses: paragraphs, lists, `code` and *emphasis*.

/**
 * Elements made with `create(tag, attributes, ...children)`, which React.createElement is. Texts go
 * in as texts, so nothing in them becomes markup.
 */
export function markdown(text, create) {
  const blocks = text.split(/\n{2,}/).filter((block) => block.trim());
  return create(
    "div",
    { className: "markdown" },
    ...blocks.map((block) =>
      block.startsWith("- ") ? list(block, create) : create("p", null, ...inline(block, create)),
    ),
  );
}

function inline(text, create) {
  return text.split(/(`[^`]+`|\*[^*\s][^*]*\*)/).map((part) => {
    if (part.startsWith("`")) return create("code", null, part.slice(1, -1));
    if (/^\*.+\*$/s.test(part)) return create("em", null, part.slice(1, -1));
    return part;
  });
}

function list(block, create) {
  const items = block.split(/\n(?=- )/);
  return create(
    "ul",
    null,
    ...items.map((item) => create("li", null, ...inline(item.slice(2), create))),
  );
}
