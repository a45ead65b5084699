/** "er1#", "<er1>", "admin@er1>", "FGT (root) #"; marks before a route ("*>i", "s>") are none. */
const PROMPT_TEXT = String.raw`[<[*]?[A-Za-z][\w.()@:/~\]-]{1,80}(?: \([\w.-]{1,40}\))? ?[#>$%]`;
const PROMPT = new RegExp(`^${PROMPT_TEXT}`);
/** A command as a log shows it, behind its prompt or alone; abbreviated, too. */
const COMMAND = new RegExp(
  String.raw`^(?:(?:${PROMPT_TEXT}|[#>$%]) ?)?(?:do |run )?(?:sh|sho|show|dis\w*|get) \S`,
  "i",
);
const ANNOUNCES = /\s(?:adv|advertised|advertised-routes|advertising-protocol)(?:\s|$)/i;
/** What IOS XR writes without its command: "Network  Next Hop  From  AS Path", "192.0.2.0/24 is advertised to 192.0.2.2". */
const HEADING = /^\s*Network\s+Next ?Hop\s+From\b|^\S+ is advertised to /;
/** Junos names itself as the next hop of what it announces. */
const OWN_ROW = /^[*+-]?\s+\S+\/\d{1,3}\s+Self\s/;
/** Microsoft's AS number: what has it in its path came from there. */
const FROM_MICROSOFT = /(?:^|[\s{(])12076(?![\d.:])/;

export interface Received {
  /** With empty lines in place of what was left out. */
  readonly lines: readonly string[];
  /** The first line that was left out, from 1; 0 where none was. */
  readonly firstLeftOut: number;
}

/**
 * Lines of a log without those that show what a router announces to a neighbour (`neighbors X advertised-routes`): own prefixes are
 * no evidence of what Microsoft announces. A provider's router announces Microsoft's prefixes to its customer; these stay, since
 * nobody gives Microsoft its own AS number.
 */
export function receivedLines(lines: readonly string[]): Received {
  if (!lines.some((line) => ANNOUNCES.test(line) || HEADING.test(line) || OWN_ROW.test(line)))
    return { lines, firstLeftOut: 0 };
  const kept = [...lines];
  let firstLeftOut = 0;
  const leaveOut = (from: number, to: number): void => {
    if (lines.slice(from + 1, to).some((line) => FROM_MICROSOFT.test(line))) return;
    kept.fill("", from, to);
    if (firstLeftOut === 0) firstLeftOut = from + 1;
  };
  let start = -1;
  for (const [index, line] of lines.entries()) {
    const isCommand = COMMAND.test(line);
    const begins = (isCommand && ANNOUNCES.test(line)) || (start < 0 && HEADING.test(line));
    if (start >= 0 && (isCommand || PROMPT.test(line))) {
      leaveOut(start, index);
      start = -1;
    }
    if (begins) start = index;
    else if (start < 0 && OWN_ROW.test(line) && !FROM_MICROSOFT.test(line)) leaveOut(index, index + 1);
  }
  if (start >= 0) leaveOut(start, lines.length);
  return { lines: kept, firstLeftOut };
}
