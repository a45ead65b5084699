import { CallPlayers, type CallTruth, type Link, type MediaTruth, type OutsideOf } from "./call-players.ts";
import { Chance } from "./chance.ts";
import { milliseconds, type Address, type Tap } from "./conversation.ts";
import { FaultyTape, type Uplink } from "./world-taps.ts";
import { WORLD_START } from "./world.ts";

/** People of one network who talk by relays of Office 365 and directly, and the taps on it. */
export interface CallWorld {
  /** In words, for a message. */
  readonly nature: string;
  readonly tapes: readonly FaultyTape[];
  /** Site description, YAML. */
  readonly site: string;
  readonly calls: readonly CallTruth[];
  /** The taps see users behind source NAT alone. */
  readonly isOutside: boolean;
  /** The site description has the NAT pools. */
  readonly isDeclared: boolean;
  /** The taps lost nothing. */
  readonly isWhole: boolean;
  readonly outsideOf: OutsideOf;
}

const VLANS = { er: 100, isp: 200, local: 30 } as const;
/** An address outside of each uplink's NAT, and the pool that it is of. */
const POOLS = { er: ["203.0.113.5", "203.0.113.0/28"], isp: ["203.0.113.70", "203.0.113.64/28"] } as const;
const POOLS_V6 = {
  er: ["2001:db8:113::5", "2001:db8:113::/124"],
  isp: ["2001:db8:113::46", "2001:db8:113::40/124"],
} as const;
export function makeCallWorld(seed: number): CallWorld {
  const chance = new Chance(seed);
  const isV6 = new Chance(seed * 13).happens(0.3);
  const pool = isV6 ? POOLS_V6 : POOLS;
  const natIs = chance.pick(["none", "none", "declared", "declared", "undeclared"]);
  const loss = chance.pick([0, 0, 0, 0.02]);
  const tap = (name: string): FaultyTape =>
    new FaultyTape(
      name,
      {
        loss,
        aheadMs: chance.pick([0, 0, 100, -300]),
        twice: chance.happens(0.1),
        from: WORLD_START - milliseconds(5000),
        to: WORLD_START + milliseconds(3_600_000),
        files: chance.pick([1, 1, 2, 4]),
      },
      [],
      chance,
      () => undefined,
    );
  const trunk = tap("trunk");
  const inside = chance.happens(0.5) ? tap("inside") : undefined;
  const ports = new Map<string, number>();
  const outsideOf = ({ address, port }: Address, link: Link): Address | undefined => {
    if (natIs === "none" || link === "local") return undefined;
    const name = `${address}:${port}`;
    if (!ports.has(name)) ports.set(name, 30_000 + ports.size);
    return { address: pool[link][0], port: ports.get(name) ?? 0 };
  };
  /** Where the packets of a direction come by. What goes out by one link has its address, whichever way it is answered. */
  const taps = (truth: MediaTruth, direction: "out" | "back"): Tap[] => {
    const link = truth[direction];
    const ttl = direction === "out" ? 64 : 55;
    const laterMs = direction === "out" ? 0.5 : -0.5;
    if (link === "local") return [{ tape: inside ?? trunk, ttl, vlans: [VLANS.local] }];
    const nat = outsideOf(truth.client, truth.out);
    const outer: Tap = {
      tape: trunk,
      ttl: ttl - 1,
      vlans: [VLANS[link]],
      ...(nat === undefined ? {} : { nat }),
    };
    return inside === undefined
      ? [outer]
      : [
          { tape: inside, ttl, vlans: [VLANS.local] },
          { ...outer, laterMs },
        ];
  };
  const players = new CallPlayers(seed, chance, taps, outsideOf, isV6);
  const people = Array.from({ length: 3 + chance.below(4) }, (_, i) =>
    isV6 ? `fd00:1:${1 + (i % 3)}::${10 + i}` : `10.1.${i % 3}.${10 + i}`,
  );
  const calls = Array.from({ length: 2 + chance.below(4) }, () => players.call(people));
  const pools = natIs === "declared";
  const path = (name: Uplink, kind: string): string =>
    `  - { name: ${name}, kind: ${kind}, vlans: ["${VLANS[name]}"]${pools ? `, nat: ["${pool[name][1]}"]` : ""} }\n`;
  const tapes = inside === undefined ? [trunk] : [trunk, inside];
  return {
    nature: `${isV6 ? "IPv6, " : ""}NAT ${natIs}; ${tapes.map(({ name, nature }) => `${name} ${nature.aheadMs} ms ahead, ${nature.files} files`).join("; ")}`,
    tapes,
    site: `version: 1\npaths:\n${path("er", "expressroute")}${path("isp", "internet")}`,
    calls,
    isOutside: natIs !== "none" && inside === undefined,
    isDeclared: pools,
    isWhole: loss === 0,
    outsideOf,
  };
}
