import type { SipDialog } from "../protocols/recognition.ts";
import type { CallFlow } from "./call-flow.ts";
import { areTogether } from "./crowds.ts";
import { endKey } from "./dialog-media.ts";
import { haveOneStream } from "./join-streams.ts";
import { isUser } from "./leg-kind.ts";

/**
 * True for a dialog in which one side offers several users for one kind of media, who then have it at once: nobody
 * speaks from two addresses for long, so the offer is no endpoint's own. Anybody can write others' addresses into SIP;
 * their calls stay apart. `found` are indexes of the flows that the dialog seems to set up.
 */
export function offersStrangers(
  dialog: SipDialog,
  found: readonly number[],
  flows: readonly CallFlow[],
): boolean {
  if (found.length < 2) return false;
  const offered = new Map<string, Set<string>>();
  for (const { direction, media, addresses } of dialog.media)
    for (const end of addresses) {
      const key = endKey(end);
      const sides = offered.get(key);
      if (sides === undefined) offered.set(key, new Set([`${direction} ${media}`]));
      else sides.add(`${direction} ${media}`);
    }
  /** Of each side and kind of media, the user whose media ends last. */
  const latest = new Map<string, { readonly user: string; readonly flow: CallFlow }>();
  for (const index of found.toSorted((x, y) => x - y)) {
    const flow = flows[index];
    if (flow === undefined) continue;
    for (const [end, other] of [
      [flow.client, flow.server],
      [flow.server, flow.client],
    ] as const) {
      if (!isUser(end, other)) continue;
      for (const side of offered.get(endKey(end)) ?? []) {
        const before = latest.get(side);
        if (before !== undefined && before.user !== end.address && isAtOnce(before.flow, flow)) return true;
        if (before === undefined || flow.endUs > before.flow.endUs)
          latest.set(side, { user: end.address, flow });
      }
    }
  }
  return false;
}

function isAtOnce(x: CallFlow, y: CallFlow): boolean {
  return x !== y && areTogether(x, y) && !haveOneStream(x, y);
}
