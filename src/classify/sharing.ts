import { finish } from "../hash/murmur.ts";
import { RUN_SEED } from "../hash/run-seed.ts";
import { identityKey } from "../protocols/identity-key.ts";
import type { LegReader } from "./leg-group.ts";

/** A flow and 32 bits of an identity or a stream of it. */
interface Notes {
  keys: Int32Array;
  flows: Uint32Array;
  count: number;
}

/**
 * Those of the flows that share an identity or a stream with another one, so that `joinLegs` has to look at them. Keys
 * that are equal by chance only cost a closer look.
 */
export function sharing(flows: Iterable<number>, reader: LegReader): Set<number> {
  const notes: Notes = { keys: new Int32Array(1024), flows: new Uint32Array(1024), count: 0 };
  const note = (key: number, flow: number): void => add(notes, key, flow);
  for (const flow of flows) {
    const known = reader.details(flow);
    if (known === undefined) {
      reader.unreadKeys(flow, note);
      continue;
    }
    if (known.identities !== undefined)
      for (const identity of known.identities) note(identityKey(identity), flow);
    if (known.streams !== undefined) for (const stream of known.streams) note(stream.ssrc | 0, flow);
  }
  return flowsWithEqualKeys(notes);
}

function add(notes: Notes, key: number, flow: number): void {
  const { count } = notes;
  if (count === notes.keys.length) {
    const keys = new Int32Array(count * 2);
    const flows = new Uint32Array(count * 2);
    keys.set(notes.keys);
    flows.set(notes.flows);
    notes.keys = keys;
    notes.flows = flows;
  }
  notes.keys[count] = key;
  notes.flows[count] = flow;
  notes.count = count + 1;
}

/** By a table of the first note of each key: as a Map of a million keys it would take several times as long. */
function flowsWithEqualKeys({ keys, flows, count }: Notes): Set<number> {
  const found = new Set<number>();
  const mask = 2 ** Math.ceil(Math.log2(count * 2 + 2)) - 1;
  const first = new Uint32Array(mask + 1);
  for (let i = 0; i < count; i++) {
    const key = keys[i] ?? 0;
    let slot = finish(key ^ RUN_SEED) & mask;
    let entry = first[slot] ?? 0;
    while (entry !== 0 && keys[entry - 1] !== key) {
      slot = (slot + 1) & mask;
      entry = first[slot] ?? 0;
    }
    if (entry === 0) first[slot] = i + 1;
    else if (flows[entry - 1] !== flows[i]) found.add(flows[entry - 1] ?? 0).add(flows[i] ?? 0);
  }
  return found;
}
