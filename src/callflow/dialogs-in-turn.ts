import type { SipDialog } from "../protocols/recognition.ts";

/**
 * True where, of the dialogs that set up a call's media, one began after another one's BYE: so begin two calls of a user, or of a server
 * that the site does not declare, with hardly a pause between. A call that is transferred can look so, too.
 */
export function comeInTurn(offers: ReadonlySet<SipDialog>): boolean {
  let first: SipDialog | undefined;
  for (const dialog of offers)
    if (isOver(dialog) && (first === undefined || isSooner(dialog, first))) first = dialog;
  if (first === undefined) return false;
  for (const dialog of offers) if (!dialog.isUnderway && beginsAfter(dialog, first)) return true;
  return false;
}

function isOver({ byeSeconds }: SipDialog): boolean {
  return byeSeconds !== undefined;
}

function isSooner(x: SipDialog, y: SipDialog): boolean {
  const [one, other] = [x.byeSeconds ?? 0, y.byeSeconds ?? 0];
  return one < other || (one === other && (x.byePacket ?? 0) < (y.byePacket ?? 0));
}

/** Times are whole seconds; within one the numbers of the packets decide. */
function beginsAfter(
  dialog: SipDialog,
  { byeSeconds = 0, byePacket = Number.POSITIVE_INFINITY }: SipDialog,
): boolean {
  const { startSeconds, firstPacket } = dialog;
  return startSeconds > byeSeconds || (startSeconds === byeSeconds && firstPacket > byePacket);
}
