/** What the verdicts mean, for somebody who sees them for the first time. */
export const VERDICT_MEANING: Readonly<Record<string, string>> = {
  asymmetric: "the way back differs from the way out",
  "return-missing": "the way back fails as asymmetric routing makes it fail",
  "internet-instead": "expected on ExpressRoute, seen on the Internet",
  "expressroute-instead": "expected on the Internet, seen on ExpressRoute",
  mixed: "moved from one path to another",
  unproven: "one direction at least was not seen on a path",
  ok: "both directions seen as expected",
  "not-office365": "no traffic of Office 365",
};

/** Verdicts as titles. */
export const VERDICT_TITLE: Readonly<Record<string, string>> = {
  asymmetric: "Asymmetric",
  "return-missing": "Return missing",
  "internet-instead": "Internet instead",
  "expressroute-instead": "ExpressRoute instead",
  mixed: "Moved",
  unproven: "Unproven",
  ok: "As expected",
  "not-office365": "Not Office 365",
};

/** Paths as they are read. */
export const PATH_TITLE: Readonly<Record<string, string>> = {
  expressroute: "ExpressRoute",
  internet: "Internet",
  mixed: "moved",
  other: "other path",
  local: "local",
  unknown: "unknown",
  none: "not captured",
};

/** "2026-03-03 09:00:00 UTC" without the last part. */
function momentText(seconds: number): string {
  return new Date(seconds * 1000).toISOString().slice(0, 19).replace("T", " ");
}

/** A span of time, the date once where both ends lie on one day. */
export function spanText(first: number | undefined, last: number | undefined): string {
  if (first === undefined || last === undefined) return "no times";
  const [from, to] = [momentText(first), momentText(last)];
  const sameDay = from.slice(0, 10) === to.slice(0, 10);
  return from === to ? `${from} UTC` : `${from} to ${sameDay ? to.slice(11) : to} UTC`;
}
