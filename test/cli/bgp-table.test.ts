import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { at, milliseconds, Tape, TcpConversation } from "../support/conversation.ts";
import { bgpKeepalive, bgpOpen, bgpUpdate } from "../support/payloads.ts";
import { type Course, tlsSession } from "../support/scenarios.ts";
import { o365flow } from "./run.ts";

const folder = mkdtempSync(join(tmpdir(), "o365flow-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const [FIREWALL, ROUTER] = ["00:00:5e:00:53:0f", "00:00:5e:00:53:01"];
const [OWN, MICROSOFT] = ["192.0.2.1", "192.0.2.2"];

/** A session of Microsoft peering, seen from its OPEN on, and a connection to Office 365 on the same VLAN after it. */
function reasons(afterRoutes: readonly Uint8Array[], server = "52.113.194.132", endsAfter = 0): string {
  const tape = new Tape();
  const course = (ttl: number): Course => ({
    forward: [{ tape, vlans: [310], source: FIREWALL, destination: ROUTER, ttl: 126 }],
    backward: [{ tape, vlans: [310], source: ROUTER, destination: FIREWALL, ttl }],
  });
  const start = at("2026-03-09T10:00:00Z");
  const peering = new TcpConversation({
    ...course(1),
    client: { address: OWN, port: 41001 },
    server: { address: MICROSOFT, port: 179 },
    start,
    rttMs: 2,
  });
  const routes = bgpUpdate({
    autonomousSystem: 12076,
    nextHop: MICROSOFT,
    communities: [[12076, 5030]],
    prefixes: ["52.112.0.0/14"],
  });
  peering.connect().send("client", bgpOpen(64496, OWN)).send("server", bgpOpen(12076, MICROSOFT));
  peering.send("client", bgpKeepalive()).send("server", bgpKeepalive());
  for (const message of [routes, ...afterRoutes]) peering.send("server", message, "acknowledged");
  if (endsAfter > 0) peering.wait(endsAfter).finish();
  tlsSession({
    ...course(58),
    client: { address: "10.20.30.41", port: 51111 },
    server: { address: server, port: 443 },
    start: start + milliseconds(500),
    host: "teams.microsoft.com",
    seed: 1701,
  });
  const path = join(folder, `${afterRoutes.length}-${server}-${endsAfter}.pcap`);
  writeFileSync(path, tape.pcap());
  const run = o365flow(["classify", path, "-q", "--columns", "server_ip,expected_path,reason"]);
  return run.stdout.split("\n").find((line) => line.startsWith(server)) ?? "";
}

describe("a BGP session with Microsoft inside the capture", () => {
  it("gives the routes of that moment, once a KEEPALIVE behind them says that they are all there", () => {
    expect(reasons([bgpKeepalive()])).toMatch(
      /^52\.113\.194\.132,expressroute,.*route 52\.112\.0\.0\/14 in the ExpressRoute table/,
    );
  });

  it("gives the routes that were seen also while more may be on their way, and says nothing of the others", () => {
    expect(reasons([])).toMatch(/^52\.113\.194\.132,expressroute,.*route 52\.112\.0\.0\/14/);
    // SharePoint, which this table may get a route for yet: what is expected of it is not the Internet.
    expect(reasons([], "13.107.136.9")).toMatch(/^13\.107\.136\.9,expressroute,.*\(eligible\)/);
    expect(reasons([bgpKeepalive()], "13.107.136.9")).toMatch(/^13\.107\.136\.9,internet,/);
  });

  it("gives the routes of the flow's time, though the session ended before the capture did", () => {
    expect(reasons([bgpKeepalive()], "13.107.136.9", 60_000)).toMatch(/^13\.107\.136\.9,internet,/);
    expect(reasons([bgpKeepalive()], "13.107.136.9", 100)).toMatch(
      /^13\.107\.136\.9,expressroute,.*\(eligible\)/,
    );
  });
});
