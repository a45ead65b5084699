#!/usr/bin/env node
import { keepCompiled } from "./compile-cache.ts";

// Who reads the notes may go away before the end, as with 2>&1 | head: no fault of the run.
process.stderr.on("error", () => {});
keepCompiled();
const { run } = await import("./program.ts");
process.exitCode = await run(process.argv.slice(2));
