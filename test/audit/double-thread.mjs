// Stands in for the stages of an audit: a capture is a text file whose lines say how its tasks go. Threads need plain JavaScript.
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { basename, join } from "node:path";

const has = (path, stage, word) => readFileSync(path, "utf8").split("\n").includes(`${stage} ${word}`);

function answer(directory, { stage, id }, value) {
  const target = join(directory, stage, `${id}.json`);
  mkdirSync(join(directory, stage), { recursive: true });
  writeFileSync(`${target}.part`, JSON.stringify({ id, ...value }));
  if (!existsSync(target)) renameSync(`${target}.part`, target);
}

async function misbehave(path, stage, task) {
  if (has(path, stage, "memory")) for (const held = []; ;) held.push(new Array(100_000).fill(Math.random()));
  if (has(path, stage, "hangs")) for (;;);
  if (has(path, stage, "exits")) process.exit(9);
  if (has(path, stage, "throws"))
    return { kind: "fault", message: "undefined is not a function", stack: "at x" };
  if (has(path, stage, "full"))
    return { kind: "disk", message: "ENOSPC: no space left on device, write", stack: "" };
  if (has(path, stage, "waits")) await new Promise((resolve) => setTimeout(resolve, 100));
  if (has(path, stage, "blocks")) await new Promise(() => {});
  if (has(path, stage, "changes"))
    return { kind: "changed", message: "x changed", stack: "", captures: [path, "/not/of/the/task"] };
  if (has(path, stage, "greedy") && task.captures.length > 1)
    return { kind: "memory", message: "too much", stack: "" };
  return undefined;
}

export default async function ({ directory, task, port }) {
  const what = `${task.path ?? `${task.stage} ${task.id}`}\n`;
  appendFileSync(join(directory, "log"), `begin ${what}`);
  port.postMessage(1);
  for (const path of task.stage === "survey" ? [task.path] : task.captures.map((capture) => capture.path)) {
    const failure = await misbehave(path, task.stage, task);
    if (failure !== undefined) return failure;
  }
  if (task.stage === "survey") {
    const second = Number(/second (\d+)/.exec(readFileSync(task.path, "utf8"))?.[1] ?? 0);
    const damaged = has(task.path, "survey", "damaged");
    answer(directory, task, {
      path: task.path,
      name: basename(task.path),
      size: statSync(task.path).size,
      sha256: basename(task.path),
      status: damaged ? "damaged" : "ok",
      skippedBytes: 0,
      unreadLinks: [],
      firstSeconds: second,
      lastSeconds: second + 8,
    });
  } else if (task.stage === "map") answer(directory, task, { legs: task.captures.length });
  else if (task.stage === "reduce") answer(directory, task, { legs: 0 });
  else {
    const names = task.captures.map((capture) => capture.name).join(" ");
    writeFileSync(join(directory, "result.txt"), `${names}\n`);
    answer(directory, task, {
      flows: task.captures.length,
      calls: 0,
      verdicts: {},
      symmetries: {},
      files: ["result.txt"],
      notes: [],
    });
  }
  appendFileSync(join(directory, "log"), `end ${what}`);
  port.close();
  return undefined;
}
