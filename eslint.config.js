// How the pages' JavaScript is checked: `make check`. Prettier lays it out.

import js from "@eslint/js";
import globals from "globals";

export default [
  { ignores: ["chalicelib/", "build/", ".data/", ".venv*/", "docs/", "tests/frameworks/"] },
  js.configs.recommended,
  {
    languageOptions: { ecmaVersion: 2025, sourceType: "module" },
    linterOptions: { reportUnusedDisableDirectives: "error" },
    rules: {
      "array-callback-return": "error",
      complexity: ["error", 12],
      "consistent-return": "error",
      eqeqeq: "error",
      "max-depth": ["error", 3],
      "max-lines": ["error", 260],
      "max-params": ["error", 5],
      "no-await-in-loop": "off",
      "no-console": "error",
      "no-eval": "error",
      "no-implied-eval": "error",
      "no-shadow": "error",
      "no-template-curly-in-string": "error",
      "no-unused-expressions": "error",
      "no-var": "error",
      "object-shorthand": "error",
      "prefer-const": "error",
      "prefer-template": "error",
      // Texts from clients must never become markup; see the pages' Content-Security-Policy.
      "no-restricted-properties": [
        "error",
        ...["innerHTML", "outerHTML", "insertAdjacentHTML"].map((property) => ({ property })),
        { object: "document", property: "write" },
      ],
    },
  },
  {
    files: ["web/dashboard/**", "web/docs/**", "web/shared/**"],
    languageOptions: { globals: globals.browser },
  },
  { files: ["web/docs/**"], languageOptions: { globals: { SwaggerUIBundle: "readonly" } } },
  { files: ["web/shared/**"], languageOptions: { sourceType: "script" } },
  {
    files: ["web/*.mjs", "web/tests/**", "tests/**"],
    languageOptions: { globals: globals.node },
    rules: { "no-console": "off" },
  },
];
