// JSON as people read it.

/** JSON with a line for each field. Numbers stay as they were sent: ids may have 64 bits. */
export function readable(text) {
  try {
    const raw = JSON.rawJSON;
    /** @type {(key: string, value: any, context?: {source?: string}) => any} */
    const keep = (_key, value, context) =>
      raw && typeof value === "number" && context?.source ? raw(context.source) : value;
    return JSON.stringify(JSON.parse(text, keep), null, 2);
  } catch {
    return text;
  }
}
