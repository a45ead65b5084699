import type { SipDialog } from "../protocols/recognition.ts";
import type { CallFlow } from "./call-flow.ts";
import { endKey } from "./dialog-media.ts";

/**
 * SIP over UDP that is silent for longer than the idle time-out is two flows, and a dialog in it two dialogs: a call on hold.
 * What ended by BYE is over, whoever uses its Call-ID again.
 */
export class EarlierDialogs {
  readonly #media = new Map<string, number>();

  /** The first media flow of the same dialog before, between the same ends; takes in this one's. To be called in order of time. */
  mediaOf(dialog: SipDialog, { client, server }: CallFlow, first: number): number | undefined {
    const key = [...[endKey(client), endKey(server)].toSorted(), dialog.callId].join(" ");
    const before = this.#media.get(key);
    if (dialog.byeSeconds !== undefined) this.#media.delete(key);
    else if (before === undefined) this.#media.set(key, first);
    return before;
  }
}
