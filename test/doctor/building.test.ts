import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { o365flow } from "../cli/run.ts";
import { ROOT } from "../support/shared.ts";

const folder = mkdtempSync(join(tmpdir(), "o365flow-"));
afterAll(() => rmSync(folder, { recursive: true }));
const at = (...parts: string[]): string => join(ROOT, "fixtures", ...parts);
const TAPS = [at("two-taps", "lon-er1-tap.pcap"), at("two-taps", "lon-isp-tap.pcap")];
const SITE = ["--site", at("two-taps", "site.yaml")];

describe("site check --building --result", () => {
  it("finds subnets declared ExpressRoute and seen on the Internet", () => {
    const rows = join(folder, "rows.csv");
    const building = join(folder, "building.csv");
    expect(o365flow(["classify", ...TAPS, ...SITE, "-q", "-o", rows]).status).toBe(0);
    const row = (network: string, name: string, er: number): string =>
      `${network},${name},24,HQ,,,,London,,UK,,EMEA,1,${er},0\r\n`;
    writeFileSync(building, row("10.20.30.0", "London users", 1) + row("10.20.0.0", "Servers", 0));
    const held = o365flow(["site", "check", "--building", building, "--result", rows]);
    expect(held.status).toBe(0);
    expect(held.stdout.split("\n")[1]).toBe(
      '10.20.30.0/24,London users,HQ,true,4,2,2,0,"declared ExpressRoute, seen on the Internet"',
    );
    expect(o365flow(["site", "check", "--result", rows]).status).toBe(2);
  });

  it("places a flow that a user outside opened by the server that is ours", () => {
    const rows = join(folder, "inbound.csv");
    const building = join(folder, "inbound-building.csv");
    const columns = "er_eligible,client_ip,client_zone,server_ip,server_zone,path_out,path_back";
    writeFileSync(
      rows,
      `${columns}\r\ntrue,198.51.100.7,internet,10.20.0.5,internal,expressroute,expressroute\r\n`,
    );
    writeFileSync(building, "10.20.0.0,Edge,24,HQ,,,,London,,UK,,EMEA,1,0,0\r\n");
    const held = o365flow(["site", "check", "--building", building, "--result", rows]);
    expect(held.stdout.split("\n")[1]).toBe(
      '10.20.0.0/24,Edge,HQ,false,1,1,0,0,"not declared ExpressRoute, seen on it"',
    );
    expect(held.stderr).not.toContain("in no subnet");
  });
});
