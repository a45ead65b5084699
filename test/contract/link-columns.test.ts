import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { classifyFiles } from "../classify/classify-files.ts";
import { concat } from "../support/bytes.ts";
import { at, milliseconds, type Tap, Tape } from "../support/conversation.ts";
import { ethernetIp, ip, udp } from "../support/packets.ts";
import { tlsSession } from "../support/scenarios.ts";
import { temporaryFolder } from "../support/temporary.ts";

/** Section 7: empty means not known. */

const folder = temporaryFolder();

/** The rows of one TLS connection whose frames are changed so on the way. */
async function rowsThrough(how: Omit<Tap, "tape">) {
  const tape = new Tape();
  const course = [{ tape, ...how }];
  tlsSession({
    client: { address: "10.1.1.5", port: 50123 },
    server: { address: "52.96.1.1", port: 443 },
    host: "outlook.office365.com",
    start: at("2025-12-03T09:00:00Z"),
    seed: 5,
    forward: course,
    backward: course,
  });
  const path = join(folder, "one.pcap");
  writeFileSync(path, tape.pcap());
  return (await classifyFiles([path], undefined)).rows;
}

test("the zeros of a loopback interface are told as they were sent", async () => {
  const wrap = (frame: Uint8Array): Uint8Array => concat(new Uint8Array(12), frame.subarray(12));
  const rows = await rowsThrough({ wrap });
  expect(rows).toMatchObject([
    { application: "tls", next_hop_out: "00:00:00:00:00:00", next_hop_back: "00:00:00:00:00:00" },
  ]);
});

test("of copies on an untagged and on a tagged link the tag is known", async () => {
  const tape = new Tape();
  const nat = { address: "203.0.113.5", port: 6000 };
  for (const [port, translated] of [
    [50123, {}],
    [50124, { nat }],
  ] as const) {
    tlsSession({
      client: { address: "10.1.1.5", port },
      server: { address: "52.96.1.1", port: 443 },
      host: "outlook.office365.com",
      start: at("2025-12-03T09:00:00Z"),
      seed: port,
      forward: [{ tape }, { tape, laterMs: 0.1, ttl: 63, vlans: [100], ...translated }],
      backward: [
        { tape, laterMs: 0.2, ttl: 62 },
        { tape, vlans: [200], ...translated },
      ],
    });
  }
  const path = join(folder, "tags.pcap");
  writeFileSync(path, tape.pcap());
  const { rows } = await classifyFiles([path], undefined);
  expect(rows).toHaveLength(2);
  for (const row of rows) expect(row).toMatchObject({ vlan: "100", vlan_out: "100", vlan_back: "200" });
  expect(rows.map((row) => row.nat_ip)).toEqual([undefined, "203.0.113.5"]);
});

test.each([
  [[0], undefined],
  [[0, 100], "100"],
  [[500, 0], "500"],
  [[500, 100], "500|100"],
])("a tag that only carries a priority names no VLAN: %j", async (vlans, shown) => {
  const rows = await rowsThrough({ vlans });
  expect(rows).toMatchObject([{ vlan: shown, vlan_out: shown, vlan_back: shown }]);
});

test.each([
  ["one capture", [0, 0, 0]],
  ["the captures of a rotation", [0, 0, 1]],
  ["captures of their own", [0, 1, 0]],
])("the first tag seen is that of whichever direction had one first: %s", async (_, captures) => {
  const out = { source: "10.1.1.5", destination: "52.112.1.1", sourcePort: 50001, destinationPort: 3478 };
  const back = { source: "52.112.1.1", destination: "10.1.1.5", sourcePort: 3478, destinationPort: 50001 };
  const tapes = [new Tape(), new Tape()];
  [
    { vlans: [], ends: out },
    { vlans: [77], ends: back },
    { vlans: [88], ends: out },
  ].forEach(({ vlans, ends }, i) => {
    const packet = udp({ ...ends, id: i }, new Uint8Array(20).fill(i));
    const time = at("2025-12-03T09:00:00Z") + milliseconds(100 * i);
    tapes[captures[i] ?? 0]?.add(time, ethernetIp({ vlans }, packet), 0);
  });
  const paths = tapes.flatMap((tape, i) => {
    if (!captures.includes(i)) return [];
    const path = join(folder, `first-tag-${i}.pcap`);
    writeFileSync(path, tape.pcap());
    return [path];
  });
  const { rows } = await classifyFiles(paths, undefined);
  expect(rows).toMatchObject([{ vlan: "77", vlan_out: "88", vlan_back: "77" }]);
});

test("fragments ahead of their datagram's first one count with its tag and DSCP value", async () => {
  const ends = { source: "10.1.1.5", destination: "52.112.1.1", sourcePort: 50001, destinationPort: 3478 };
  const whole = udp({ ...ends, dscp: 46 }, new Uint8Array(1000)).subarray(20);
  const pieces = [800, 400, 0].map((from) => {
    const more = from === 800 ? 0 : 0x2000;
    const part = whole.subarray(from, from + 400);
    return ip({ ...ends, id: 9, protocol: 17, dscp: 46, fragment: more | (from / 8) }, part);
  });
  const tape = new Tape();
  [
    udp({ ...ends, id: 7 }, new Uint8Array(9)),
    udp({ ...ends, id: 8 }, new Uint8Array(10)),
    ...pieces,
  ].forEach((packet, i) => {
    const time = at("2025-12-03T09:00:00Z") + milliseconds(10 * i);
    tape.add(time, ethernetIp({ vlans: [i < 2 ? 100 : 200] }, packet), 0);
  });
  const path = join(folder, "fragments.pcap");
  writeFileSync(path, tape.pcap());
  const { rows } = await classifyFiles([path], undefined);
  expect(rows).toMatchObject([{ packets_out: 5, vlan: "100", vlan_out: "200", dscp_out: 46 }]);
});
