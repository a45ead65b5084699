/** Teams' call signaling over UDP goes to this port of its flightproxy hosts, the same as TURN's. */
export const TEAMS_SIGNALING_PORT = 3478;
/** An acknowledgement: one byte and a UUID in text. */
const ACKNOWLEDGEMENT_LENGTH = 37;

/** What one datagram looks like to Teams' UDP signaling, which is not documented: seen in one capture of 2020. */
export const TeamsSignal = {
  no: 0,
  /** First byte 3, 6 or 7, as all its datagrams have. */
  possible: 1,
  /** 3 and the 36 characters of a UUID: nothing else has that form. */
  acknowledgement: 2,
} as const;
export type TeamsSignal = (typeof TeamsSignal)[keyof typeof TeamsSignal];

/** Looks at one datagram that is no STUN. */
export function teamsSignal(view: DataView, start: number, end: number): TeamsSignal {
  if (end - start < 2) return TeamsSignal.no;
  const first = view.getUint8(start);
  if (first === 3 && end - start === ACKNOWLEDGEMENT_LENGTH && isUuid(view, start + 1))
    return TeamsSignal.acknowledgement;
  return first === 3 || first === 6 || first === 7 ? TeamsSignal.possible : TeamsSignal.no;
}

function isUuid(view: DataView, at: number): boolean {
  for (let i = 0; i < 36; i++) {
    const byte = view.getUint8(at + i);
    const dash = i === 8 || i === 13 || i === 18 || i === 23;
    const digit = byte >= 0x30 && byte <= 0x39;
    const letter = (byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x66;
    if (dash ? byte !== 0x2d : !digit && !letter) return false;
  }
  return true;
}
