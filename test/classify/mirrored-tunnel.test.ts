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
function inGre(frame: Uint8Array): Uint8Array {
  const outer = { source: "192.0.2.1", destination: "192.0.2.2", protocol: 47 };
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
