#!/usr/bin/env node
import { keepCompiled } from "./compile-cache.ts";
import { EXIT_USAGE } from "./exit.ts";
import { isReaderGone } from "./reader-gone.ts";

// Who reads the notes may go away before the end, as with 2>&1 | head: no fault of the run.
process.stderr.on("error", () => {});
// What is written without an `Output`, as help and schemas: a full disk is said, a reader that went away is not.
process.stdout.on("error", (error: Error) => {
  if (isReaderGone(error)) return;
  process.once("exit", (status) => {
    if (status !== 0) return; // said already
    process.stderr.write(`o365flow: cannot write standard output: ${error.message}\n`);
    process.exitCode = EXIT_USAGE;
  });
});
keepCompiled();
const { run } = await import("./program.ts");
process.exitCode = await run(process.argv.slice(2));
