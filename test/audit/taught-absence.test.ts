import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { loadSite } from "../../src/site/load.ts";
import { at, milliseconds, Tape } from "../support/conversation.ts";
import { lookup, tlsSession } from "../support/scenarios.ts";
import { audit, classified, rowsOf, settingsFor } from "./pipeline.ts";

const START = at("2026-03-05T12:00:00Z");
const after = (seconds: number): bigint => START + milliseconds(1000 * seconds);

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "o365flow-taught-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function dns(tape: Tape, second: number): void {
  lookup(
    {
      client: { address: "10.20.30.41", port: 53_000 + second },
      server: "198.51.100.53",
      start: after(second),
      id: 100 + second,
      forward: [{ tape }],
      backward: [{ tape }],
    },
    { name: "www.example.org", addresses: ["198.51.100.80"] },
  );
}

function session(tape: Tape, second: number): void {
  tlsSession({
    client: { address: "10.20.30.41", port: 50_000 + second },
    server: { address: "52.113.194.132", port: 443 },
    start: after(second),
    seed: second,
    host: "teams.microsoft.com",
    forward: [{ tape }],
    backward: [{ tape }],
  });
}

it("does not take captures that a window only learned from for one capture of all their time", async () => {
  const [er, isp, later] = [new Tape(), new Tape(), new Tape()];
  dns(er, 1);
  dns(isp, 2);
  session(isp, 30); // ExpressRoute is not captured any more
  dns(isp, 60);
  session(later, 100);
  const paths = Object.entries({ "er-0": er, "isp-0": isp, "isp-1": later }).map(([name, tape]) => {
    const path = join(folder, `${name}.pcap`);
    writeFileSync(path, tape.pcap());
    return path;
  });
  const site = join(folder, "site.yaml");
  writeFileSync(
    site,
    `version: 1\npaths:\n  - { name: er, kind: expressroute, files: ["er-*"], complete: true }\n`,
  );
  const settings = settingsFor(loadSite(site));
  const border = Number(after(90) / 1_000_000_000n);
  const { csv, plan } = await audit(paths, settings, { extraBorders: [border] }, join(folder, "audit"));
  expect(plan.maps[1]?.lessons).toHaveLength(2);
  const taken = rowsOf(csv).filter((row) => row["server_port"] === "443");
  expect(taken.map((row) => row["path_out"])).toEqual(["unknown", "unknown"]);
  expect(csv).toBe(await classified(paths, settings));
});
