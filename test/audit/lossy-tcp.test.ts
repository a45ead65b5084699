import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { Noise } from "../support/bytes.ts";
import { type CapturedPacket, pcap } from "../support/captures.ts";
import { at, milliseconds } from "../support/conversation.ts";
import { ethernetIp, tcp, TCP_ACK, TCP_FIN, TCP_SYN } from "../support/packets.ts";
import { temporaryFolder } from "../support/temporary.ts";
import { audit, classified, rowsOf, settingsFor } from "./pipeline.ts";

const folder = temporaryFolder();
const START = at("2026-03-03T09:30:00Z");
const FLOWS = 24;
const WINDOW_BYTES = 30_000;
/** Of the files of one tap after another: some are a window, some a part of one. */
const FILE_BYTES = [6000, 12_000, 30_000];

/** Numbers and choices of one seed. */
class Chance {
  readonly #noise: Noise;

  constructor(seed: number) {
    this.#noise = new Noise(seed);
    for (let i = 0; i < 10; i++) this.#noise.next();
  }

  below(bound: number): number {
    return (this.#noise.next() >>> 4) % bound;
  }

  of<T>(items: readonly [T, ...T[]]): T {
    return items[this.below(items.length)] ?? items[0];
  }

  isOneIn(count: number): boolean {
    return count > 0 && this.below(count) === 0;
  }
}

interface TappedPacket extends CapturedPacket {
  readonly tap: 0 | 1;
}

/** Packets of one connection, as two taps see them: some lost, late, sent again, copied, and with tails that none saw. */
function connection(number: number, chance: Chance): TappedPacket[] {
  const packets: TappedPacket[] = [];
  const roundTrip = chance.of([2, 20, 80, 300]);
  const [lostOneIn, lateOneIn, againOneIn] = [
    chance.of([0, 20, 5]),
    chance.of([0, 10, 3]),
    chance.of([0, 20, 5]),
  ];
  const ports = [51_000 + number, 443] as const;
  const addresses = [`10.1.1.${number + 1}`, `52.96.1.${number + 1}`] as const;
  const next: [number, number] = [0, 0];
  // Many begin just before sequence numbers wrap.
  for (const side of [0, 1] as const) next[side] = chance.isOneIn(2) ? 2 ** 32 - chance.below(9000) : 1000;
  const backTap = chance.of<0 | 1>([0, 1]);
  let id = number * 977;
  let ms = chance.below(20_000);

  const put = (side: 0 | 1, sequence: number, length: number, flags: number, later = 0): void => {
    id += 1;
    const header = {
      source: addresses[side],
      destination: addresses[side === 0 ? 1 : 0],
      sourcePort: ports[side],
      destinationPort: ports[side === 0 ? 1 : 0],
      sequence: sequence % 2 ** 32,
      acknowledgement: flags === TCP_SYN ? 0 : next[side === 0 ? 1 : 0] % 2 ** 32,
      flags,
      id: id & 0xffff || 1,
    };
    const bytes = ethernetIp({}, tcp(header, new Uint8Array(length).fill(97 + (id % 26))));
    if (chance.isOneIn(lostOneIn)) return;
    const late = chance.isOneIn(lateOneIn)
      ? chance.of([0.2, 1, 2.9, 3.1, roundTrip / 2, roundTrip, 1000])
      : 0;
    const time = START + milliseconds(ms + later + late);
    const tap = chance.isOneIn(10) ? (backTap === 0 ? 1 : 0) : side === 0 ? 0 : backTap;
    packets.push({ time, bytes, tap });
    if (chance.isOneIn(20))
      packets.push({ time: time + milliseconds(chance.of([0.4, 900])), bytes, tap: tap === 0 ? 1 : 0 });
  };

  if (!chance.isOneIn(5)) {
    put(0, next[0]++, 0, TCP_SYN);
    ms += roundTrip / 2;
    put(1, next[1]++, 0, TCP_SYN | TCP_ACK);
    ms += roundTrip / 2;
    put(0, next[0], 0, TCP_ACK);
  }
  for (let left = 5 + chance.below(50); left > 0; left--) {
    ms += chance.of([0.1, 0.3, 2, 4, roundTrip, 1000, chance.below(3000)]);
    const side = chance.of<0 | 1>([0, 1]);
    const sequence = next[side];
    const length = chance.of([0, 0, 1, 100, 700, 1400]);
    put(side, sequence, length, TCP_ACK);
    if (length > 0 && chance.isOneIn(againOneIn)) {
      const cut = chance.of([0, 0, length >> 1]);
      const more = chance.of([0, 0, 50]);
      put(side, sequence + cut, length - cut + more, TCP_ACK, chance.of([1, 2.5, 4, roundTrip, 1000]));
    }
    next[side] += length;
    if (chance.isOneIn(10)) next[side] += chance.of([1, 300, 5000, 70_000]);
  }
  if (chance.isOneIn(2)) {
    put(0, next[0]++, 0, TCP_FIN | TCP_ACK);
    put(1, next[1]++, 0, TCP_FIN | TCP_ACK, roundTrip);
    put(0, next[0], 0, TCP_ACK, 2 * roundTrip);
  }
  return packets;
}

/** Writes what both taps saw, cut into files. */
function files(name: string, packets: readonly TappedPacket[]): string[] {
  const paths: string[] = [];
  for (const tap of [0, 1] as const) {
    let open: CapturedPacket[] = [];
    let size = 0;
    const close = (): void => {
      const path = join(folder, `${name}-tap${tap}-${String(paths.length).padStart(3, "0")}.pcap`);
      writeFileSync(path, pcap(open));
      paths.push(path);
      open = [];
      size = 0;
    };
    for (const packet of packets.filter((each) => each.tap === tap)) {
      open.push(packet);
      size += packet.bytes.length + 16;
      if (size > (FILE_BYTES[paths.length % FILE_BYTES.length] ?? 0)) close();
    }
    if (open.length > 0) close();
  }
  return paths;
}

it.each([1, 2, 3, 4])(
  "an audit counts in small windows what classify counts of TCP with losses, late segments and tails: seed %i",
  async (seed) => {
    const chance = new Chance(seed);
    const packets = Array.from({ length: FLOWS }, (_, i) => connection(i, chance))
      .flat()
      .sort((x, y) => (x.time < y.time ? -1 : x.time > y.time ? 1 : 0));
    const paths = files(`seed-${seed}`, packets);
    const expected = await classified(paths, settingsFor());
    const rows = rowsOf(expected);
    // What the captures are to be full of.
    expect(rows.length).toBeGreaterThanOrEqual(FLOWS);
    expect(rows.filter(({ retransmissions }) => Number(retransmissions) > 0).length).toBeGreaterThan(5);
    const { csv, plan, directory } = await audit(paths, settingsFor(), { windowBytes: WINDOW_BYTES });
    rmSync(directory, { recursive: true });
    expect(plan.maps.length).toBeGreaterThan(3);
    expect(csv).toBe(expected);
  },
);
