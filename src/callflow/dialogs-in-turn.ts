import type { SipDialog } from "../protocols/recognition.ts";

/**
 * True where, of the dialogs that set up a call's media, one began after another one's BYE: so begin two calls of a user, or of a server
 * that the site does not declare, with hardly a pause between. A call that is transferred can look so, too.
 */
export function comeInTurn(offers: ReadonlySet<SipDialog>): boolean {
  let firstBye = Number.POSITIVE_INFINITY;
  for (const { byeSeconds = Number.POSITIVE_INFINITY } of offers) firstBye = Math.min(firstBye, byeSeconds);
  if (firstBye === Number.POSITIVE_INFINITY) return false;
  for (const { startSeconds, isUnderway } of offers) if (startSeconds > firstBye && !isUnderway) return true;
  return false;
}
