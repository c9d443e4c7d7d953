// A request of an operation, from what was typed: its address, and as a command line.

/** The address below `root`; path values are encoded, empty query values left out. */
export function addressOf(operation, values, root) {
  const path = operation.path.replace(/\{(\w+)\}/g, (_, name) => encodeURIComponent(values[name] ?? ""));
  const address = new URL(path.slice(1), root);
  for (const { name, in: place } of operation.parameters) {
    if (place === "query" && values[name]) address.searchParams.set(name, values[name]);
  }
  return address;
}

/** What is typed into a shell to send the same. */
export function curlOf(operation, address, body) {
  const lines = [`curl ${operation.method === "GET" ? "" : `-X ${operation.method} `}${quote(address.href)}`];
  if (operation.security.length) lines.push('-H "Authorization: Bearer $AGENT_METRICS_TOKEN"');
  if (body !== null) lines.push("-H 'Content-Type: application/json'", `-d ${quote(body)}`);
  return lines.join(" \\\n  ");
}

function quote(text) {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
