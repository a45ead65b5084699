import { type Direction, opposite } from "../words.ts";
import { LONGEST_CONNECTION_ID, type QuicLongHeader } from "./quic-packet.ts";

/** Shorter ids meet by chance. */
const SHORTEST_TELLING_ID = 4;

/** Shorter ones of a server may come again with another connection. */
const SHORTEST_NAMING_ID = 8;

/** Datagrams of one flow that are looked at for them: a client of empty ids answers with the server's in its second flight. */
const MOST_DATAGRAMS = 12;

/**
 * Whether the directions of a flow are of one connection: each end sends to the connection id that the other one chose
 * (RFC 9000, section 7.2).
 */
export class QuicIds {
  /** What each direction chose last: its length, then its bytes. */
  readonly #chosen: [Uint8Array | undefined, Uint8Array | undefined] = [undefined, undefined];
  #datagrams = 0;
  /** One direction sends to an id of the other's. */
  fit = false;

  get wantsMore(): boolean {
    return !this.fit && this.#datagrams < MOST_DATAGRAMS;
  }

  countDatagram(): void {
    this.#datagrams += 1;
  }

  /** The id that a direction chose, as text; undefined where none was seen that names one connection alone. */
  chosenBy(direction: Direction): string | undefined {
    const chosen = this.#chosen[direction];
    if (chosen === undefined || (chosen[0] ?? 0) < SHORTEST_NAMING_ID) return undefined;
    return Buffer.from(chosen.buffer, 1, chosen[0]).toString("hex");
  }

  /** Takes in a packet with a long header. */
  long(view: DataView, header: QuicLongHeader, direction: Direction): void {
    if (this.fit) return;
    const { destinationStart, destinationLength, sourceStart, sourceLength } = header;
    const chosen = this.#chosen[opposite(direction)];
    if (chosen?.[0] === destinationLength) this.#compare(view, destinationStart, chosen);
    if (sourceLength < SHORTEST_TELLING_ID) return;
    const own = (this.#chosen[direction] ??= new Uint8Array(1 + LONGEST_CONNECTION_ID));
    own[0] = sourceLength;
    for (let i = 0; i < sourceLength; i++) own[i + 1] = view.getUint8(sourceStart + i);
  }

  /** Takes in a packet with a short header, which says nothing of the id's length. */
  short(view: DataView, start: number, end: number, direction: Direction): void {
    const chosen = this.fit ? undefined : this.#chosen[opposite(direction)];
    if (chosen !== undefined && start + 1 + (chosen[0] ?? 0) <= end) this.#compare(view, start + 1, chosen);
  }

  #compare(view: DataView, at: number, chosen: Uint8Array): void {
    const length = chosen[0] ?? 0;
    for (let i = 0; i < length; i++) if (view.getUint8(at + i) !== chosen[i + 1]) return;
    this.fit = true;
  }
}
