import { firstWhere } from "../first-where.ts";
import type { SipDialog } from "../protocols/recognition.ts";
import type { CallFlow } from "./call-flow.ts";

const SECOND_US = 1_000_000;
/** An allocation or a check belongs to media that begins as late as this after it (ringing). */
export const SETUP_US: number = 30 * SECOND_US;
/** A call may be on hold for as long without a packet; rows of classify wait for it. */
export const MOST_HOLD_S = 3600;
/** Most flows of one key that are looked at together: a hostile capture can repeat one for ever. */
const MOST_TOGETHER = 64;

/** Clocks, and seconds without their fraction. */
const AROUND_S = 2;

type DialogTimes = Pick<SipDialog, "startSeconds" | "endSeconds" | "byeSeconds" | "isUnderway">;

/** When media of a dialog begins at the latest: some time after its last message (it rang), but not after its BYE. */
export function latestMediaUs({
  endSeconds,
  byeSeconds,
}: Pick<DialogTimes, "endSeconds" | "byeSeconds">): number {
  if (byeSeconds !== undefined) return (byeSeconds + AROUND_S) * SECOND_US;
  return (endSeconds + 1) * SECOND_US + SETUP_US;
}

/**
 * Flows by an address and port, or another text that they share. Ports are used again call after call, so flows of a key
 * are found by time.
 */
export class FlowsByKey {
  readonly #flows: readonly CallFlow[];
  readonly #byKey = new Map<string, number[]>();

  /** `flows` in order of their start. */
  constructor(flows: readonly CallFlow[]) {
    this.#flows = flows;
  }

  get isEmpty(): boolean {
    return this.#byKey.size === 0;
  }

  /** To be called in order of the flows' indexes. */
  add(key: string, index: number): void {
    const known = this.#byKey.get(key);
    if (known === undefined) this.#byKey.set(key, [index]);
    else if (known[known.length - 1] !== index) known.push(index);
  }

  /** Indexes of flows of a key that begin between two moments, the latest ones first. */
  *beginning(key: string, fromUs: number, toUs: number): Generator<number> {
    const known = this.#byKey.get(key) ?? [];
    const end = firstWhere(known.length, (place) => this.#startOf(known[place]) > toUs);
    for (let at = end - 1; at >= 0 && end - at <= MOST_TOGETHER; at--) {
      const index = known[at];
      if (index === undefined || this.#startOf(index) < fromUs) return;
      yield index;
    }
  }

  /** Indexes of flows of a key that are not further from this time than `slackUs`. */
  *during(key: string, { startUs, endUs }: CallFlow, slackUs: number): Generator<number> {
    for (const index of this.beginning(key, Number.NEGATIVE_INFINITY, endUs + slackUs))
      if (startUs <= (this.#flows[index]?.endUs ?? 0) + slackUs) yield index;
  }

  /**
   * Indexes of flows of a key whose media may be set up by a dialog: it begins from just before the offer is seen on, or, where the
   * dialog had begun before it was seen, goes on then.
   */
  *ofDialog(key: string, dialog: DialogTimes): Generator<number> {
    const firstUs = (dialog.startSeconds - AROUND_S) * SECOND_US;
    const fromUs = dialog.isUnderway ? Number.NEGATIVE_INFINITY : firstUs;
    for (const index of this.beginning(key, fromUs, latestMediaUs(dialog)))
      if (!dialog.isUnderway || (this.#flows[index]?.endUs ?? 0) >= firstUs) yield index;
  }

  #startOf(index: number | undefined): number {
    return index === undefined ? 0 : (this.#flows[index]?.startUs ?? 0);
  }
}
