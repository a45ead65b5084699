const TIME = String.raw`\d{1,2}:\d{2}(?::\d{2}|\.\d{2})(?:[.,]\d{1,9})?(?: ?[AP]M)?(?:Z| ?[+-]\d{2}:?\d{2}| UTC)?`;
const MONTH = "(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)";
const DAY = String.raw`(?:\d{4}[-/.]\d{2}[-/.]\d{2}|\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4}|(?:[A-Z][a-z]{2} )?${MONTH} {1,2}\d{1,2}(?: \d{4})?)`;
const MOMENT = String.raw`(?:(?:${DAY}(?:T|,? ))?${TIME}(?: \d{4})?|\d{10}\.\d{1,9})`;
const STAMP = String.raw`(?:\[${MOMENT}\]|${MOMENT})`;

/** What may stand before each line: syslog's heads (RFC 5424, RFC 3164), and a time alone. */
const FORMS: readonly RegExp[] = [
  new RegExp(String.raw`^<\d{1,3}>1 ${MOMENT}(?: \S{1,64}){4} -(?=\s|$)`),
  new RegExp(String.raw`^(?:<\d{1,3}>)?${STAMP}(?: [\w.-]{1,64})? [\w./-]{1,64}(?:\[\d{1,9}\])?:(?=\s|$)`),
  new RegExp(String.raw`^${STAMP}[:|]?(?=\s|$)`),
];

/** Enough lines to know a log by. */
const LINES_LOOKED_AT = 1000;

/**
 * Lines of a log without the time that a terminal program (or `ts`, or syslog) wrote before each. What parts it from the line is the
 * least that all lines have, so that columns stay where they were. Lines as they stand where most have none.
 */
export function withoutStamps(lines: readonly string[]): readonly string[] {
  const looked: string[] = [];
  for (const line of lines) {
    if (looked.length === LINES_LOOKED_AT) break;
    if (line.trim() !== "") looked.push(line);
  }
  // Some lines of a log have none: what a pager wiped out, the rest of a line that was broken.
  const form = FORMS.find((each) => 4 * looked.filter((line) => each.test(line)).length > 3 * looked.length);
  if (form === undefined) return lines;
  const bare = lines.map((line) => line.replace(form, ""));
  let blanks = Infinity;
  for (const [index, line] of bare.entries())
    if (line !== lines[index] && line.trim() !== "")
      blanks = Math.min(blanks, /^\s*/.exec(line)?.[0].length ?? 0);
  return bare.map((line, index) =>
    line === lines[index] ? line : line.slice(Math.min(blanks, line.length)),
  );
}
