// The OpenAPI document, with its references followed and its operations in the order of its tags.

export class ApiDocument {
  constructor(source) {
    this.source = source;
    this.title = source.info.title;
    this.description = source.info.description;
    const operations = readOperations(source);
    this.tags = source.tags
      .map((tag) => ({ ...tag, operations: operations.filter(({ tags }) => tags.includes(tag.name)) }))
      .filter((tag) => tag.operations.length);
  }

  /** What a reference within the document stands for; anything else as it is. */
  resolve(found) {
    if (!found?.$ref) return found;
    const parts = found.$ref.replace(/^#\//, "").split("/");
    const target = parts.reduce((value, part) => value?.[part.replaceAll("~1", "/").replaceAll("~0", "~")], this.source);
    return this.resolve(target);
  }

  /** The name that a reference ends with, or null. */
  nameOf(found) {
    return found?.$ref?.split("/").at(-1) ?? null;
  }
}

function readOperations({ paths }) {
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ ...operation, path, method: method.toUpperCase() })),
  );
}
