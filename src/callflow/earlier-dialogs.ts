import type { SipDialog } from "../protocols/recognition.ts";
import type { CallFlow } from "./call-flow.ts";
import { endKey } from "./dialog-media.ts";
import { MOST_HOLD_S } from "./flows-by-key.ts";

/**
 * SIP over UDP that is silent for longer than the idle time-out is two flows, and a dialog in it two dialogs: a call on hold.
 * What ended by BYE is over, whoever uses its Call-ID again.
 */
export class EarlierDialogs {
  readonly #latest = new Map<string, { readonly first: number; readonly endSeconds: number }>();

  /** The first media flow of the same dialog before, between the same ends; takes in this one's. To be called in order of time. */
  mediaOf(dialog: SipDialog, { client, server }: CallFlow, first: number): number | undefined {
    const key = [...[endKey(client), endKey(server)].toSorted(), dialog.callId].join(" ");
    const before = this.#latest.get(key);
    const held =
      before !== undefined && dialog.startSeconds - before.endSeconds <= MOST_HOLD_S
        ? before.first
        : undefined;
    if (dialog.byeSeconds !== undefined) this.#latest.delete(key);
    else this.#latest.set(key, { first: held ?? first, endSeconds: dialog.endSeconds });
    return held;
  }
}
