import { IpProtocol } from "./ip-protocol.ts";

const UNIT = 8;
/** Extension headers that are passed over in a quotation or a first fragment. */
const MAX_EXTENSIONS = 8;

/** Finds a packet's ports where only its beginning is at hand: in an ICMP quotation, in a first fragment. */
export class TransportFinder {
  /** Protocol number found last. */
  protocol = 0;
  sourcePort = 0;
  destinationPort = 0;
  /** True when the bytes ended before the ports, or before the headers that lead to them. */
  endedEarly = false;

  /**
   * Reads the ports of the transport header that starts at `start`, behind IPv6 extension headers and authentication.
   * Answers whether they were there; if not, they are 0, and `protocol` is the last one reached.
   */
  find(view: DataView, start: number, end: number, protocol: number): boolean {
    let at = start;
    this.protocol = protocol;
    this.sourcePort = 0;
    this.destinationPort = 0;
    this.endedEarly = false;
    for (let i = 0; i < MAX_EXTENSIONS && isExtension(this.protocol); i++) {
      if (end - at < UNIT) return this.#ends();
      const next = view.getUint8(at);
      if (this.protocol === IpProtocol.fragment) {
        this.protocol = next;
        // Only a first fragment has ports.
        if ((view.getUint16(at + 2) & 0xfff8) !== 0) return false;
        at += UNIT;
      } else {
        const length = view.getUint8(at + 1);
        // Only the authentication header counts words, less two (RFC 4302, section 2.2).
        at += this.protocol === IpProtocol.authentication ? (length + 2) * 4 : (length + 1) * UNIT;
        this.protocol = next;
      }
    }
    if (this.protocol !== IpProtocol.tcp && this.protocol !== IpProtocol.udp) return false;
    if (end - at < 4) return this.#ends();
    this.sourcePort = view.getUint16(at);
    this.destinationPort = view.getUint16(at + 2);
    return true;
  }

  #ends(): false {
    this.endedEarly = true;
    return false;
  }
}

function isExtension(protocol: number): boolean {
  switch (protocol) {
    case IpProtocol.hopByHop:
    case IpProtocol.routing:
    case IpProtocol.fragment:
    case IpProtocol.authentication:
    case IpProtocol.destinationOptions:
    case IpProtocol.mobility:
    case IpProtocol.hostIdentity:
    case IpProtocol.shim6:
      return true;
    default:
      return false;
  }
}
