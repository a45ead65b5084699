/** Sequence number, length of the primary packet, and its first byte; then how errors are recovered. */
const SHORTEST = 5;
const LENGTH = 2;
/** A length of two bytes or more begins with this bit (X.691, section 10.9); fax over UDP has no such packets. */
const IS_LONG = 0x80;

/** True for what may be a UDPTL packet (ITU-T T.38, 9.1): a weak test, which signaling has to back. */
export function mayBeUdptl(view: DataView, start: number, end: number): boolean {
  if (end - start < SHORTEST) return false;
  const length = view.getUint8(start + LENGTH);
  return length > 0 && length < IS_LONG && start + LENGTH + 1 + length < end;
}

/** Datagrams that look like fax (T.38) and came where SDP offers it. */
export class FaxSeen {
  datagrams = 0;
  readonly firstPacket: number;
  /** Seconds since 1970. */
  startSeconds = 0;
  endSeconds = 0;

  constructor(firstPacket: number) {
    this.firstPacket = firstPacket;
  }

  add(seconds: number): void {
    if (this.datagrams === 0) this.startSeconds = seconds;
    this.datagrams++;
    this.endSeconds = seconds;
  }
}
