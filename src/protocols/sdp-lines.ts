const LINE_FEED = 10;
const EQUALS = 0x3d;
const SMALL_A = 0x61;
const SMALL_Z = 0x7a;
const SMALL_M = 0x6d;

/**
 * Where the lines of a session description end (RFC 8866, section 5: a small letter and `=`) that begins at `start`; no SIP start
 * line looks like one. Where the bytes end within a line, its media section is left out: its address may be still to come.
 */
export function endOfSdpLines(view: DataView, start: number, end: number): number {
  let section = start;
  let at = start;
  while (at + 1 < end) {
    const letter = view.getUint8(at);
    if (letter < SMALL_A || letter > SMALL_Z || view.getUint8(at + 1) !== EQUALS) return at;
    if (letter === SMALL_M) section = at;
    let next = at + 2;
    while (next < end && view.getUint8(next) !== LINE_FEED) next++;
    if (next === end) return section;
    at = next + 1;
  }
  return at === end ? at : section;
}
