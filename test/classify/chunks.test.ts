import { beforeAll, describe, expect, it } from "vitest";
import { classify } from "../../src/classify/run.ts";
import type { RunSummary } from "../../src/classify/run-summary.ts";
import { type EndpointHistory, openEndpoints } from "../../src/endpoints/history.ts";
import { defaultSite } from "../../src/site/site.ts";
import { streamOf } from "../capture/drain.ts";
import { ascii } from "../support/bytes.ts";
import { type CapturedPacket, pcap } from "../support/captures.ts";
import { ethernetIp, udp } from "../support/packets.ts";

const [source, destination] = ["192.0.2.10", "198.51.100.20"];
const START_SECONDS = 1_700_000_000;
const START = BigInt(START_SECONDS) * 1_000_000_000n;

/** A datagram at a time in seconds after the start. */
function datagram(seconds: number, sourcePort: number): CapturedPacket {
  const packet = udp({ source, destination, sourcePort, destinationPort: 9 }, ascii("x"));
  return { time: START + BigInt(Math.round(seconds * 1e6)) * 1000n, bytes: ethernetIp({}, packet) };
}

let history: EndpointHistory;
beforeAll(async () => {
  history = await openEndpoints("worldwide");
});

interface Told {
  readonly rows: readonly string[];
  readonly summary: RunSummary;
}

/** Ports, beginning in seconds and time bounds of each row's filter. */
async function told(
  packets: readonly CapturedPacket[],
  lengths: readonly number[] | undefined,
  maxFlows?: number,
): Promise<Told> {
  const rows: string[] = [];
  const summary = await classify({
    inputs: [{ name: "x.pcap", path: "x.pcap", source: streamOf(pcap(packets), lengths) }],
    site: defaultSite(),
    history,
    maxFlows,
    onFlow: ({ row }) => {
      const since =
        row.start === undefined ? 0 : row.start.seconds - START_SECONDS + row.start.nanoseconds / 1e9;
      rows.push(
        `${row.client_port} ${since}${row.wireshark_filter?.includes("time_epoch") === true ? " bounded" : ""}`,
      );
    },
  });
  return { rows, summary };
}

describe("the same packets in chunks of any length", () => {
  it("have the same rows where a 5-tuple is used again after the time-out", async () => {
    // Somebody else's packets come all the time, also after the time-out and before the next packet of the tuple.
    const others = Array.from({ length: 1000 }, (_, i) => datagram(i + 0.5, 9000));
    const packets = [...others, ...[0, 50, 400, 1000].map((at) => datagram(at, 4000))];
    packets.sort((x, y) => Number(x.time - y.time));
    const whole = await told(packets, undefined);
    expect(whole.rows.filter((row) => row.startsWith("4000 "))).toEqual([
      "4000 0 bounded",
      "4000 400 bounded",
      "4000 1000 bounded",
    ]);
    expect(whole.rows.filter((row) => row.includes("bounded"))).toHaveLength(3);
    for (const lengths of [[1], [40, 3], [97]])
      expect((await told(packets, lengths)).rows).toEqual(whole.rows);
  });

  it("have the same rows where so many packets come in between that the first flow was reported", async () => {
    const between = Array.from({ length: 150_000 }, (_, i) => datagram(1 + i / 200, 5000 + (i % 4)));
    const packets = [datagram(0, 4000), ...between, datagram(800, 4000)];
    const whole = await told(packets, undefined);
    expect(whole.rows.toSorted()).toEqual([
      "4000 0",
      "4000 800 bounded",
      ...[0, 1, 2, 3].map((i) => `${5000 + i} ${1 + i / 200}`),
    ]);
    expect((await told(packets, [70_000, 1000])).rows).toEqual(whole.rows);
  });

  it("never hold more flows than they may, and say which ended early", async () => {
    const packets = Array.from({ length: 300 }, (_, i) => datagram(i, 4000 + (i % 30)));
    const whole = await told(packets, undefined, 20);
    // Each time a flow is one too many, the three that were silent longest make room.
    expect(whole.summary.evicted).toBeGreaterThan(200);
    expect(whole.summary.flows).toBe(300);
    expect(whole.rows.filter((row) => row.includes("bounded"))).toHaveLength(300);
    const cut = await told(packets, [100]);
    expect(cut.summary.evicted).toBe(0);
    expect(cut.summary.flows).toBe(30);
    expect((await told(packets, [100], 20)).rows).toEqual(whole.rows);
  });
});
