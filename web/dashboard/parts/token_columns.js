// The columns of every table that has tokens.

import { count, percent } from "./units.js";

/** @type {Column[]} */
export const TOKEN_COLUMNS = [
  { key: "input", label: "Tokens in", number: true, cell: ({ tokens }) => count(tokens.input) },
  {
    key: "cached",
    label: "From cache",
    number: true,
    cell: ({ tokens }) => percent(tokens.cache_read_share),
  },
  { key: "output", label: "Tokens out", number: true, cell: ({ tokens }) => count(tokens.output) },
];
