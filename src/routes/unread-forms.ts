/**
 * Route tables of which each is known by a line of its own, and which are not read. As a list of prefixes, their next hops
 * would be taken for prefixes, and their destinations be lost.
 */
const FORMS: readonly (readonly [name: string, line: RegExp])[] = [
  ['Palo Alto\'s "show routing route"', /^\s*destination\s+nexthop\s+metric\s+flags\b/i],
  ['Palo Alto\'s "show routing route"', /^\s*VIRTUAL ROUTER:/i],
  ['Palo Alto\'s "show advanced-routing route"', /^\s*destination\s+protocol\s+nexthop\b/i],
  ['Huawei\'s "display bgp ipv6 routing-table"', /^[*>a-z\s]{0,20}\bNetwork\s*: \S+\s+PrefixLen\s*:/i],
  ['Nokia\'s "show router bgp routes"', /^\s*Nexthop \(Router\)\s+Path-Id\b/i],
  ['MikroTik\'s "/ip route print detail"', /^\s*(?:\d{1,9}\s+)?[A-Za-z ]{0,8}\s?dst-address=\S/],
  ['Huawei\'s "display ip routing-table"', /^\s*Destination\/Mask\s+Proto\s+Pre\b/i],
  ['Nokia\'s "show router route-table"', /^\s*Dest Prefix(?:\[Flags\])?\s+Type\s+Proto\b/i],
  ['MikroTik\'s "/ip route print"', /^\s*(?:#\s+)?DST-ADDRESS\s+(?:PREF-SRC\s+)?GATEWAY\b/i],
];

/** Headings stand before the routes, behind a prompt and a greeting at most. */
const FIRST_LINES = 1000;

/** What a table is that is not read; undefined of all others. */
export function unreadForm(lines: readonly string[]): string | undefined {
  const first = lines.slice(0, FIRST_LINES);
  return FORMS.find(([, line]) => first.some((each) => line.test(each)))?.[0];
}
