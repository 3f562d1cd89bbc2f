/** The extension's fences: which folder may know which. */
module.exports = {
  forbidden: [
    {
      name: "linkedin-stands-alone",
      comment: "What knows LinkedIn knows nothing of the server, the popup or the options page.",
      severity: "error",
      from: { path: "^src/linkedin/" },
      to: { path: "^src/(agent|popup|options|worker)" },
    },
    {
      name: "verdict-imports-nothing",
      comment: "The table of outcomes is pure: no import, not even of a type.",
      severity: "error",
      from: { path: "^src/linkedin/verdict\\.ts$" },
      to: {},
    },
    {
      name: "pages-talk-by-messages",
      comment: "Popup and options speak to the worker by messages; they may use its vocabulary of messages and nothing else.",
      severity: "error",
      from: { path: "^src/(popup|options)/" },
      to: { path: "^src/(agent|linkedin)/", pathNot: "^src/agent/(messages|address)\\.ts$" },
    },
    {
      name: "the-worker-is-no-page",
      comment: "Nothing that runs in the worker imports a page's code.",
      severity: "error",
      from: { path: "^src/(agent|worker)" },
      to: { path: "^src/(popup|options)/" },
    },
    { name: "no-cycles", severity: "error", from: {}, to: { circular: true } },
    {
      name: "no-orphans",
      comment: "Every module is an entry or is used by one.",
      severity: "error",
      from: { orphan: true },
      to: {},
    },
    {
      name: "nothing-outside",
      comment: "What ships is ours alone: no package is bundled.",
      severity: "error",
      from: { path: "^src/" },
      to: { dependencyTypes: ["npm", "npm-dev", "npm-no-pkg", "core"] },
    },
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    enhancedResolveOptions: { extensions: [".ts"] },
  },
};
