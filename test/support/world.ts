import { Noise } from "./bytes.ts";
import { Chance } from "./chance.ts";
import {
  at,
  milliseconds,
  TcpConversation,
  UdpConversation,
  type Address,
  type Tap,
} from "./conversation.ts";
import { clientFinished, clientHello, serverHello, tlsData } from "./payloads.ts";
import { iceAnswer, iceCheck, rtp } from "./payloads-media.ts";
import { FaultyTape, type Sighting, type Uplink } from "./world-taps.ts";

/** When every world begins. */
export const WORLD_START: bigint = at("2026-03-05T09:00:00Z");

/** From which second on a direction takes which uplink, the first from the beginning. */
export type Course = readonly (readonly [second: number, uplink: Uplink])[];

/** What is true of one flow. */
export interface FlowTruth {
  readonly kind: "media" | "tls" | "nameless";
  /** Address and port. */
  readonly server: string;
  readonly out: Course;
  readonly back: Course;
  /** Seconds after the beginning. */
  readonly from: number;
  readonly to: number;
}

/** A made network with taps on it: what they recorded, and what is true. */
export interface World {
  /** In words, for a message. */
  readonly nature: string;
  readonly tapes: readonly FaultyTape[];
  /** Site description, YAML. */
  readonly site: string;
  readonly natIs: "none" | "one" | "each";
  readonly isLossy: boolean;
  readonly flows: readonly FlowTruth[];
  readonly seen: readonly Sighting[];
}

type Markers = "file" | "vlan" | "next-hop";

const MACS = { er: "00:00:5e:00:53:01", isp: "00:00:5e:00:53:02" } as const;
const CORE = "00:00:0c:00:00:01";
const VLANS = { er: 100, isp: 200 } as const;

/** From this number on taps may see one direction, have clocks that are far off, packets out of turn and several files. */
export const HARSH_WORLDS = 100_000;
/** From this number on they are that, most are of IPv6, and taps may cut packets. */
export const WIDE_WORLDS = 200_000;

export function makeWorld(seed: number): World {
  const chance = new Chance(seed);
  const harsh = new Chance(seed * 31);
  const wide = seed < WIDE_WORLDS ? undefined : new Chance(seed * 17);
  const isV6 = wide?.happens(0.7) === true;
  const markers = chance.pick<Markers>(["file", "vlan", "next-hop", "file", "vlan"]);
  const natIs =
    markers === "next-hop" ? "none" : chance.pick<World["natIs"]>(["none", "one", "each", "none"]);
  const hasInside = markers !== "next-hop" && chance.happens(0.5);
  const length = chance.pick([20, 60, 300]);
  const isLossy = chance.happens(0.5);
  const seen: Sighting[] = [];
  const end = WORLD_START + milliseconds(length * 1000 + 5000);
  const tap = (name: string, uplinkOf: (vlan: number) => Uplink | undefined): FaultyTape => {
    const absent = (): bigint => (chance.happens(0.15) ? milliseconds(length * 700 * chance.next()) : 0n);
    const nature = {
      loss: isLossy ? chance.pick([0, 0, 0.01, 0.05, 0.3]) : 0,
      aheadMs: chance.pick([0, 0, 0, 150, -400]),
      twice: chance.happens(0.15),
      from: WORLD_START - milliseconds(1000) + absent(),
      to: end - absent(),
      ...(seed < HARSH_WORLDS ? {} : harshness(harsh)),
      ...(wide === undefined ? {} : { snap: wide.pick(isV6 ? SNAPS_V6 : SNAPS_V4) }),
    };
    return new FaultyTape(name, nature, seen, chance, uplinkOf);
  };
  const trunk = markers === "file" ? undefined : tap("trunk", (vlan) => uplinkOfVlan(vlan));
  const uplinks = { er: trunk ?? tap("er", () => "er"), isp: trunk ?? tap("isp", () => "isp") };
  const inside = hasInside ? tap("inside", () => undefined) : undefined;
  const tapes = [...new Set([uplinks.er, uplinks.isp, ...(inside === undefined ? [] : [inside])])];

  /** Where packets of one direction are seen. */
  const course = (direction: "out" | "back", uplink: Uplink, nat: Address | undefined): Tap[] => {
    const tape = uplinks[uplink];
    if (markers === "next-hop") {
      const [source, destination] = direction === "out" ? [CORE, MACS[uplink]] : [MACS[uplink], CORE];
      return [{ tape, source, destination, ttl: direction === "out" ? 64 : 55 }];
    }
    const outside: Tap = {
      tape,
      ttl: direction === "out" ? 63 : 56,
      laterMs: direction === "out" ? 0.5 : 0,
      ...(markers === "vlan" ? { vlans: [VLANS[uplink]] } : {}),
      ...(nat === undefined ? {} : { nat }),
    };
    const within: Tap = {
      tape: inside ?? tape,
      ttl: direction === "out" ? 64 : 55,
      laterMs: direction === "out" ? 0 : 0.5,
    };
    return inside === undefined ? [outside] : [within, outside];
  };

  const flows = Array.from({ length: 1 + chance.below(5) }, (_, index): FlowTruth => {
    const truth = makeTruth(index, length, natIs, isV6, chance);
    const nat = natOf(natIs, truth.out[0]?.[1] ?? "er", index, isV6);
    play(truth, index, nat, seed, isV6, chance, (direction, uplink) => course(direction, uplink, nat));
    return truth;
  });
  const declaresPools = natIs === "each" && chance.happens(0.6);
  const declaresComplete = chance.happens(0.4);
  const isComplete = ({ nature: { loss, from, to, only } }: FaultyTape): boolean =>
    loss === 0 && from < WORLD_START && to === end && only === undefined;
  const path = (uplink: Uplink, kind: string, pool: string): string => {
    const marker = {
      file: `files: ["${uplink}*"]`,
      vlan: `vlans: ["${VLANS[uplink]}"]`,
      "next-hop": `next-hops: ["${MACS[uplink]}"]`,
    }[markers];
    const nats = declaresPools ? `, nat: [${pool}]` : "";
    const complete = declaresComplete && isComplete(uplinks[uplink]) ? ", complete: true" : "";
    return `  - { name: ${uplink}, kind: ${kind}, ${marker}${nats}${complete} }\n`;
  };
  const [erPool, ispPool] = isV6
    ? ["2001:db8:113::/124", "2001:db8:113::40/124"]
    : ["203.0.113.0/28", "203.0.113.64/28"];
  const site = `version: 1\npaths:\n${path("er", "expressroute", erPool)}${path("isp", "internet", ispPool)}`;
  const natures = tapes.map(({ name, nature }) => `${name} ${told(nature)}`).join("; ");
  return {
    nature: `${isV6 ? "IPv6 " : ""}by ${markers}, nat ${natIs}; ${natures}`,
    tapes,
    site,
    natIs,
    isLossy,
    flows,
    seen,
  };
}

/** Where captures cut frames. Of IPv6 they have TCP's header whole, and 20 bytes behind that of UDP. */
const SNAPS_V4 = [undefined, undefined, 64, 96, 128] as const;
const SNAPS_V6 = [undefined, undefined, 86, 96, 128, 300] as const;

function harshness(chance: Chance): Partial<FaultyTape["nature"]> {
  return {
    ...(chance.happens(0.3) ? { only: chance.pick(["out", "back"]) } : {}),
    ...(chance.happens(0.3) ? { aheadMs: chance.pick([3000, -8000, 120_000]) } : {}),
    ...(chance.happens(0.3) ? { jitterMs: chance.pick([1, 5, 60]) } : {}),
    ...(chance.happens(0.3) ? { files: chance.pick([2, 5]) } : {}),
  };
}

function told(nature: FaultyTape["nature"]): string {
  const { loss, aheadMs, twice, from, to, only, jitterMs = 0, files = 1, snap } = nature;

  const [begin, end] = [from, to].map((time) => Number((time - WORLD_START) / 1_000_000_000n));
  const harsh = `${only === undefined ? "" : `, ${only} only`}, ${jitterMs} ms out of turn, in ${files} files`;
  const cut = snap === undefined ? "" : `, cut at ${snap}`;
  return `loses ${loss}, ${aheadMs} ms ahead${twice ? ", twice" : ""}, ${begin} to ${end} s${harsh}${cut}`;
}

function uplinkOfVlan(vlan: number): Uplink | undefined {
  return vlan === VLANS.er ? "er" : vlan === VLANS.isp ? "isp" : undefined;
}

function natOf(natIs: World["natIs"], uplink: Uplink, index: number, isV6: boolean): Address | undefined {
  if (natIs === "none") return undefined;
  const host = natIs === "one" ? 100 : uplink === "er" ? 5 : 70;
  const address = isV6 ? address6("2001:db8:113", host) : `203.0.113.${host}`;
  return { address, port: (natIs === "one" ? 20_000 : 30_000) + index * 7 };
}

/** An address as rows have it. */
function address6(prefix: string, host: number): string {
  return `${prefix}::${host.toString(16)}`;
}

function serverOf(kind: FlowTruth["kind"], index: number, isV6: boolean): string {
  const [address, port] =
    kind === "tls"
      ? [isV6 ? address6("2620:1ec:8f0", 152 + index) : `13.107.6.${152 + index}`, 443]
      : [isV6 ? address6("2603:1063:7", 10 + index) : `52.112.7.${10 + index}`, 3478 + index];
  return `${address}:${port}`;
}

function makeTruth(
  index: number,
  length: number,
  natIs: World["natIs"],
  isV6: boolean,
  chance: Chance,
): FlowTruth {
  const kind = chance.pick<FlowTruth["kind"]>(["media", "tls", "tls", "nameless", "media"]);
  const server = serverOf(kind, index, isV6);
  const from = chance.next() * length * 0.3;
  const to = from + 2 + chance.next() * (length - from - 3);
  const first = chance.pick<Uplink>(["er", "isp"]);
  const other = first === "er" ? "isp" : "er";
  // A NAT for each uplink: what moves gets another address, and is another flow.
  const style =
    natIs === "each"
      ? chance.pick(["stays", "stays", "apart"])
      : chance.pick(["stays", "apart", "moves", "moves", "returns", "moves one way"]);
  const moved = from + (to - from) * (0.1 + 0.8 * chance.next());
  const lag = chance.pick([0, 0.05, 1, 3, 20, 150]);
  const returned = moved + 1 + chance.next() * (to - moved);
  const course = (late: number, style: string): Course => [
    [0, first],
    ...(style === "stays" ? [] : [[moved + late, other] as const]),
    ...(style === "returns" ? [[returned + late, first] as const] : []),
  ];
  if (style === "apart") return { kind, server, out: [[0, first]], back: [[0, other]], from, to };
  const back = style === "moves one way" ? course(0, "stays") : course(lag, style);
  return { kind, server, out: course(0, style), back, from, to };
}

/** The uplink of a moment. */
export function uplinkAt(course: Course, second: number): Uplink {
  let uplink = course[0]?.[1] ?? "er";
  for (const [from, next] of course) if (from <= second) uplink = next;
  return uplink;
}

/** Lets the packets of a flow go by. */
function play(
  { kind, server, out, back, from, to }: FlowTruth,
  index: number,
  nat: Address | undefined,
  seed: number,
  isV6: boolean,
  chance: Chance,
  taps: (direction: "out" | "back", uplink: Uplink) => Tap[],
): void {
  const [address, port] = [
    server.slice(0, server.lastIndexOf(":")),
    server.slice(server.lastIndexOf(":") + 1),
  ];
  const subnet = chance.below(5);
  const options = {
    client: {
      address: isV6 ? address6(`fd00:1:${1 + subnet}`, 1 + index) : `10.1.${subnet}.${1 + index}`,
      port: 50_000 + index * 17,
    },
    server: { address, port: Number(port) },
    start: WORLD_START + milliseconds(from * 1000),
    rttMs: 20,
    forward: [],
    backward: [],
  };
  const noise = new Noise(seed * 31 + index);
  const gapMs = chance.pick([40, 200, 1000, 1000]);
  /** The second after the beginning; from now on packets take the uplinks of that. */
  const aim = (talk: TcpConversation | UdpConversation): number => {
    const second = Number(talk.now - WORLD_START) / 1e9;
    talk.forward = taps("out", uplinkAt(out, second));
    talk.backward = taps("back", uplinkAt(back, second));
    return second;
  };
  if (kind === "tls") {
    const talk = new TcpConversation(options);
    const hello = seed * 100 + index;
    aim(talk);
    talk.connect();
    talk.send("client", clientHello({ seed: hello, serverName: "outlook.office365.com" }), "acknowledged");
    talk.send("server", serverHello({ seed: hello + 1, clientSeed: hello, version: "1.3" }));
    talk.send("client", clientFinished(noise));
    while (aim(talk) < to) {
      talk.send("client", tlsData(noise, 100 + chance.below(900)), "acknowledged");
      aim(talk);
      talk.send("server", tlsData(noise, 100 + chance.below(3000)), "acknowledged");
      talk.wait(gapMs);
    }
    if (chance.happens(0.7)) talk.finish();
    return;
  }
  const talk = new UdpConversation(options);
  aim(talk);
  if (kind === "media") {
    const transaction = noise.bytes(12);
    const mapped = nat ?? options.client;
    talk.send("client", iceCheck({ transaction, username: "abcd:efgh", noise }));
    talk.send("server", iceAnswer({ transaction, mapped: [mapped.address, mapped.port], noise }));
  }
  for (let i = 0; aim(talk) < to; i++) {
    for (const side of ["client", "server"] as const) {
      const stream = { payloadType: 111, sequence: i & 0xffff, timestamp: i * 960 };
      const ssrc = (side === "client" ? 1000 : 2000) + index;
      talk.send(
        side,
        kind === "media"
          ? rtp({ ...stream, ssrc, payload: noise.bytes(80) })
          : noise.bytes(60 + chance.below(60)),
      );
    }
    talk.until(options.start + milliseconds((i + 1) * gapMs + 100));
  }
}
