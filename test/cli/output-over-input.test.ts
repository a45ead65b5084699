import { copyFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { ROOT } from "../support/shared.ts";
import { temporaryFolder } from "../support/temporary.ts";
import { o365flow } from "./run.ts";

const folder = temporaryFolder();
const CAPTURE = join(ROOT, "fixtures/edge-two-interfaces/edge.pcapng");
const site = join(folder, "site.yaml");
const list = join(folder, "captures.txt");
const endpoints = join(folder, "saved.txt");
copyFileSync(join(ROOT, "fixtures/edge-two-interfaces/site.yaml"), site);
writeFileSync(list, `${CAPTURE}\n`);
writeFileSync(
  endpoints,
  JSON.stringify([
    {
      id: 1,
      serviceArea: "Exchange",
      serviceAreaDisplayName: "Exchange Online",
      urls: ["outlook.office365.com"],
      ips: ["13.107.6.152/31"],
      tcpPorts: "80,443",
      expressRoute: true,
      category: "Optimize",
      required: true,
    },
  ]),
);

it.each([
  ["classify", site, [CAPTURE, "--site", site, "-o", site]],
  ["classify", list, ["--files-from", list, "-o", list]],
  ["calls", site, [CAPTURE, "--site", site, "-o", site]],
  ["doctor", site, [CAPTURE, "--site", site, "-o", site]],
  ["site", site, ["learn", CAPTURE, "--site", site, "-o", site]],
  ["annotate", site, [CAPTURE, "--site", site, "-w", site]],
  ["lookup", endpoints, ["192.0.2.1", "--endpoints", endpoints, "-o", endpoints]],
])("%s does not overwrite what tells it how to judge: %s", (command, file, args) => {
  const before = readFileSync(file, "utf8");
  const { status, stderr } = o365flow([command, ...args]);
  expect(stderr).toContain(`${file} is one of the inputs: give the output another name`);
  expect(status).toBe(2);
  expect(readFileSync(file, "utf8")).toBe(before);
});
