// Runs command lines one after another in one process, for tests that hold many small captures against what is known
// of them: a list of { args, cwd } comes in as JSON, a list of { status, stdout, stderr } goes out.
import { readFileSync } from "node:fs";
import { run } from "../../dist/cli/program.js";

/** Puts what is written to a stream aside; the answer ends that and gives it. */
function collect(stream) {
  const chunks = [];
  const { write } = stream;
  stream.write = (chunk, encoding, done = encoding) => {
    chunks.push(typeof chunk === "string" ? Buffer.from(chunk, "utf8") : Buffer.from(chunk));
    if (typeof done === "function") process.nextTick(done);
    return true;
  };
  return () => {
    stream.write = write;
    return Buffer.concat(chunks).toString("utf8");
  };
}

// Each run listens for errors of standard output and never stops.
process.stdout.setMaxListeners(0);
const runs = [];
for (const { args, cwd } of JSON.parse(readFileSync(0, "utf8"))) {
  process.chdir(cwd);
  const [stdout, stderr] = [collect(process.stdout), collect(process.stderr)];
  process.exitCode = undefined; // a command may have set it
  const status = await run(args);
  runs.push({ status, stdout: stdout(), stderr: stderr() });
}
process.exitCode = undefined;
process.stdout.write(JSON.stringify(runs));
