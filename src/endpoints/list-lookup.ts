import { PrefixTable } from "../address/prefix-table.ts";
import { type Prefix, parsePrefix, prefixText } from "../address/prefix.ts";
import { NO_ITEMS } from "../no-items.ts";
import { EndpointDataError, type EndpointSet, parsePorts, portIn } from "./endpoint-set.ts";
import { HostNames } from "./host-names.ts";

/** A set that holds an address, with the longest of its prefixes that does. */
export interface HoldingSet {
  /** Index of the set in its list. */
  readonly set: number;
  readonly prefix: string;
  /** Network bits, in the prefix's own family. */
  readonly length: number;
}

const NONE: readonly HoldingSet[] = NO_ITEMS;

/** The sets of one version of a list, ready for questions by address, name and port. */
export class ListLookup {
  readonly version: string;
  readonly sets: readonly EndpointSet[];
  readonly names: HostNames;
  readonly #prefixes: readonly Prefix[];
  readonly #setsOfPrefix: readonly (readonly number[])[];
  readonly #table: PrefixTable;
  readonly #holding: Map<number, readonly HoldingSet[]> = new Map();
  readonly #tcp: readonly (readonly number[])[];
  readonly #udp: readonly (readonly number[])[];

  /** Throws EndpointDataError for a prefix or a port that is none: such a list must not judge anything. */
  constructor(version: string, sets: readonly EndpointSet[]) {
    this.version = version;
    this.sets = sets;
    this.names = new HostNames(sets.map((set) => set.names));
    const byText = new Map<string, { readonly prefix: Prefix; readonly sets: number[] }>();
    for (const [index, set] of sets.entries()) {
      for (const text of set.prefixes) {
        const entry = byText.get(text);
        if (entry !== undefined) {
          if (!entry.sets.includes(index)) entry.sets.push(index);
          continue;
        }
        const prefix = parsePrefix(text);
        if (prefix === undefined) {
          throw new EndpointDataError(`set ${set.id} of ${version}: "${text}" is no prefix`);
        }
        byText.set(text, { prefix, sets: [index] });
      }
    }
    const entries = [...byText.values()];
    this.#prefixes = entries.map((entry) => entry.prefix);
    this.#setsOfPrefix = entries.map((entry) => entry.sets);
    this.#table = new PrefixTable(this.#prefixes);
    const ports = (set: EndpointSet, text: string): readonly number[] => {
      const ranges = parsePorts(text);
      if (ranges === undefined)
        throw new EndpointDataError(`set ${set.id} of ${version}: "${text}" are no ports`);
      return ranges;
    };
    this.#tcp = sets.map((set) => ports(set, set.tcpPorts));
    this.#udp = sets.map((set) => ports(set, set.udpPorts));
  }

  /** How many distinct prefixes the list has; `leaf` answers below it. */
  get prefixCount(): number {
    return this.#prefixes.length;
  }

  /** Number of the longest prefix that holds an address, or -1. */
  leaf(w0: number, w1: number, w2: number, w3: number): number {
    return this.#table.longest(w0, w1, w2, w3);
  }

  /** The sets that hold the addresses of a leaf, longest prefix first. */
  holding(leaf: number): readonly HoldingSet[] {
    if (leaf < 0) return NONE;
    const known = this.#holding.get(leaf);
    if (known !== undefined) return known;
    const found: HoldingSet[] = [];
    const prefix = this.#prefixes[leaf];
    for (const around of prefix === undefined ? [] : this.#table.matches(...prefix.words)) {
      const each = this.#prefixes[around];
      // The first address of a leaf may also lie in longer prefixes, which the rest of the leaf does not.
      if (each === undefined || prefix === undefined || each.length > prefix.length) continue;
      for (const set of this.#setsOfPrefix[around] ?? []) {
        if (!found.some((one) => one.set === set)) {
          found.push({ set, prefix: prefixText(each), length: each.length });
        }
      }
    }
    this.#holding.set(leaf, found);
    return found;
  }

  /** Whether a port is one of the set's. A set that lists no port at all is taken to allow every one. */
  portFits(set: number, transport: "tcp" | "udp" | undefined, port: number | undefined): boolean {
    if (port === undefined || port < 0) return true;
    const tcp = this.#tcp[set] ?? [];
    const udp = this.#udp[set] ?? [];
    if (tcp.length === 0 && udp.length === 0) return true;
    return (transport !== "udp" && portIn(tcp, port)) || (transport !== "tcp" && portIn(udp, port));
  }
}
