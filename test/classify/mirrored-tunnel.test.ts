import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { concat, hex } from "../support/bytes.ts";
import { at, Tape, TcpConversation } from "../support/conversation.ts";
import { ethernet, ip } from "../support/packets.ts";
import { erspan } from "../support/payloads.ts";
import { temporaryFolder } from "../support/temporary.ts";
import { classifyFiles } from "./classify-files.ts";

const folder = temporaryFolder();
const SITE = `version: 1
paths:
  - { name: er, kind: expressroute, vlans: ["100"] }
  - { name: isp, kind: internet, nat: [10.0.0.0/16] }
`;

/** GRE between two routers on VLAN 100. */
function inGre(frame: Uint8Array, source = "192.0.2.1"): Uint8Array {
  const outer = { source, destination: "192.0.2.2", protocol: 47 };
  return ethernet(
    { etherType: 0x0800, vlans: [100] },
    ip(outer, concat(hex("0000 0800"), frame.subarray(14))),
  );
}

it.each([
  ["GRE", inGre, "gre"],
  ["GRE in a mirrored frame", (frame: Uint8Array) => erspan(7, 1, inGre(frame)), "erspan"],
])("VLAN under a tunnel is evidence of kind tunnel: %s", async (name, wrap, tunnel) => {
  const tape = new Tape();
  const taps = [{ tape, wrap }];
  new TcpConversation({
    client: { address: "10.1.1.1", port: 40000 },
    server: { address: "52.108.1.1", port: 443 },
    start: at("2026-03-03T09:30:00Z"),
    forward: taps,
    backward: taps,
  })
    .connect()
    .finish();
  const [capture, site] = [join(folder, `${name}.pcap`), join(folder, "site.yaml")];
  writeFileSync(capture, tape.pcap());
  writeFileSync(site, SITE);
  const { rows } = await classifyFiles([capture], site);
  expect(rows).toMatchObject([
    {
      path_out: "expressroute",
      path_out_basis: ["tunnel"],
      path_back: "expressroute",
      path_back_basis: ["tunnel"],
      tunnel,
    },
  ]);
});

it.each([
  [
    "VLAN and source address",
    'er, kind: expressroute, vlans: ["100"]',
    "isp, kind: internet, nat: [203.0.113.0/28]",
    "out expressroute (outer VLAN 100, 4 packets from #1)",
    "out: tunnel says internet (outer source address 203.0.113.5 of its NAT pool)",
  ],
  [
    "next hop and source address",
    'isp, kind: internet, next-hops: ["00:00:5e:00:53:01"]',
    "er, kind: expressroute, nat: [203.0.113.0/28]",
    "out internet (to outer next hop 00:00:5e:00:53:01, 4 packets from #1)",
    "out: tunnel says expressroute (outer source address 203.0.113.5 of its NAT pool)",
  ],
])("the stronger mark of an outer packet decides: %s", async (name, one, other, decided, against) => {
  const tape = new Tape();
  const taps = [{ tape, wrap: (frame: Uint8Array) => inGre(frame, "203.0.113.5") }];
  new TcpConversation({
    client: { address: "10.1.1.1", port: 40000 },
    server: { address: "52.108.1.1", port: 443 },
    start: at("2026-03-03T09:30:00Z"),
    forward: taps,
    backward: [],
  })
    .connect()
    .finish();
  const [capture, site] = [join(folder, `${name}.pcap`), join(folder, "odds.yaml")];
  writeFileSync(capture, tape.pcap());
  writeFileSync(site, `version: 1\npaths:\n  - { name: ${one} }\n  - { name: ${other} }\n`);
  const { rows } = await classifyFiles([capture], site);
  expect(rows).toMatchObject([{ path_out_basis: ["tunnel"] }]);
  expect(rows[0]?.reason).toContain(decided);
  expect(rows[0]?.reason).toContain(against);
});
