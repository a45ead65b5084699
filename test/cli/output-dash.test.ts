import { readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { ROOT } from "../support/shared.ts";
import { temporaryFolder } from "../support/temporary.ts";
import { o365flow } from "./run.ts";

const folder = temporaryFolder();
const CAPTURE = join(ROOT, "fixtures/edge-two-interfaces/edge.pcapng");
const result = join(folder, "result.json");
o365flow(["classify", CAPTURE, "-q", "-o", result]);

it.each([
  [["classify", CAPTURE, "-q", "-f", "ndjson"]],
  [["calls", CAPTURE, "-q"]],
  [["doctor", CAPTURE]],
  [["report", result, "-q"]],
  [["compare", result, result, "-q"]],
  [["lookup", "192.0.2.1"]],
  [["endpoints", "show", "--set", "9"]],
  [["site", "init"]],
  [["site", "learn", CAPTURE]],
])("%j with -o - writes to standard output", (args) => {
  const plain = o365flow(args, { cwd: folder });
  const dashed = o365flow([...args, "-o", "-"], { cwd: folder });
  // A page says when it was made.
  const timeless = (text: string): string => text.replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, "");
  expect(dashed.status).toBe(plain.status);
  expect(timeless(dashed.stdout)).toBe(timeless(plain.stdout));
  expect(plain.stdout).not.toBe("");
  expect(readdirSync(folder)).toEqual(["result.json"]);
});
