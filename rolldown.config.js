import { isAbsolute } from "node:path";

// The command line runs from bundles: one start reads a few files instead of hundreds. `classify` has a bundle of its own,
// since all of what it loads is needed. Constants stay constants (and those of other files are put where they are used):
// the engine compiles them into the code, which it does not do with the variables that some bundlers make of them.
const common = {
  logLevel: "warn",
  platform: "node",
  optimization: { inlineConst: true },
  makeAbsoluteExternalsRelative: false,
};
const output = { dir: "dist/cli", format: "esm", chunkFileNames: "chunk-[hash].js" };

/** Packages stay where they are; so does the other bundle. */
const external = (others) => (id) => others.includes(id) || (!id.startsWith(".") && !isAbsolute(id));

export default [
  {
    ...common,
    input: { main: "dist/cli/main.js", "task-thread": "dist/audit/run/task-thread.js" },
    external: external(["./run-classify.js"]),
    output,
  },
  { ...common, input: { "run-classify": "dist/cli/run-classify.js" }, external: external([]), output },
];
