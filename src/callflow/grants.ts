import type { CallFlow, CallReport } from "./call-flow.ts";
import { endKey, SHARED_PORTS } from "./dialog-media.ts";
import { FlowsByKey } from "./flows-by-key.ts";
import { haveOneStream } from "./join-streams.ts";

/** Clocks. */
const AROUND_US = 2_000_000;

/**
 * Who was granted which relayed address when. A relay grants an address again soon after its allocation is over: what is told of
 * it means the allocation of that time.
 */
export class Grants {
  readonly #flows: readonly CallFlow[];
  readonly #byKey: FlowsByKey;

  /** `flows` in order of their start. */
  constructor(flows: readonly CallFlow[]) {
    this.#flows = flows;
    this.#byKey = new FlowsByKey(flows);
    flows.forEach((flow, index) => {
      for (const item of flow.reported)
        if (item.kind === "relayed" && !SHARED_PORTS.has(item.port)) this.#byKey.add(endKey(item), index);
    });
  }

  /** Of `found`, flows with media at an address that flow `index` tells of, those that it can mean. */
  meant(item: CallReport, index: number, found: readonly number[]): readonly number[] {
    const flow = this.#flows[index];
    if (flow === undefined || this.#byKey.isEmpty || (item.kind !== "relayed" && item.kind !== "peer"))
      return found;
    const key = endKey(item);
    if (item.kind === "relayed")
      return found.filter((other) => other === index || this.#isOfGrant(flow, this.#flows[other], key));
    const granted = found.filter((other) => isGranted(this.#flows[other], key));
    const now = granted.filter((other) => areAtOnce(flow, this.#flows[other]));
    return now.length === 0
      ? found
      : found.filter((other) => now.includes(other) || !granted.includes(other));
  }

  /** False for the flow of who was granted the address at another time, and for media to that one. */
  #isOfGrant(flow: CallFlow, other: CallFlow | undefined, key: string): boolean {
    if (other === undefined) return false;
    if (isGranted(other, key)) return isSameGrant(flow, other);
    const isOver = other.endUs + AROUND_US < flow.startUs;
    const [fromUs, toUs] = isOver
      ? [Number.NEGATIVE_INFINITY, flow.startUs]
      : [flow.startUs, other.startUs + AROUND_US];
    for (const index of this.#byKey.beginning(key, fromUs, toUs)) {
      const another = this.#flows[index];
      if (another !== undefined && another !== flow && !isSameGrant(flow, another)) return false;
    }
    return true;
  }
}

function isGranted(flow: CallFlow | undefined, key: string): boolean {
  return flow?.reported.some((item) => item.kind === "relayed" && endKey(item) === key) === true;
}

/** One allocation can be in the captures on both sides of a NAT, and move with its user. */
function isSameGrant(x: CallFlow, y: CallFlow): boolean {
  return areAtOnce(x, y) || haveOneStream(x, y);
}

function areAtOnce(x: CallFlow, y: CallFlow | undefined): boolean {
  return y !== undefined && x.startUs <= y.endUs && y.startUs <= x.endUs;
}
