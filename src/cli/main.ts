#!/usr/bin/env node
import { run } from "./program.ts";

// Who reads the notes may go away before the end, as with 2>&1 | head: no fault of the run.
process.stderr.on("error", () => {});
process.exitCode = await run(process.argv.slice(2));
