import { addTag, Packet, PacketKind } from "./packet.ts";
import type { Oddities, Oddity } from "./oddities.ts";

/** What the next step of a walk decodes. The decoder maps each to the function of one header. */
export const Layer = {
  done: 0,
  // IP and above
  ipv4: 1,
  ipv6: 2,
  /** IPv4 or IPv6, by the version in the header. */
  ip: 3,
  extension: 4,
  authentication: 5,
  fragment: 6,
  tcp: 7,
  udp: 8,
  icmp: 9,
  icmpv6: 10,
  // Link layer
  ethernet: 11,
  vlan: 12,
  llc: 13,
  mpls: 14,
  pppoe: 15,
  ppp: 16,
  pbb: 17,
  macsec: 18,
  shim: 19,
  // Link types
  cooked: 20,
  cooked2: 21,
  loopback: 22,
  ciscoHdlc: 23,
  wifi: 24,
  radiotap: 25,
  ppi: 26,
  prism: 27,
  avs: 28,
  nflog: 29,
  pflog: 30,
  enc: 31,
  pppWithDirection: 32,
  ciscoHdlcWithDirection: 33,
  switchTag: 34,
  // Tunnels
  gre: 35,
  erspan: 36,
  vxlan: 37,
  geneve: 38,
  gtpu: 39,
  teredo: 40,
  l2tp: 41,
  ipInIp: 42,
  etherIp: 43,
  mplsInIp: 44,
  espInUdp: 45,
  wireguard: 46,
  esp: 47,
  capwap: 48,
  // Capture devices
  pktap: 49,
  erf: 50,
} as const;
export type Layer = (typeof Layer)[keyof typeof Layer];

/** IP headers inside one another that are followed. */
const MAX_IP_HEADERS = 8;

/** Beyond every frame: no header of the link layer says where its content ends. */
export const NO_LINK_END: number = 2 ** 30;

const EMPTY = new DataView(new ArrayBuffer(0));
const NOBODY: Packet = new Packet();

/**
 * The cursor of one walk through a frame's headers. Each step reads the header at `start`, moves `start` behind it,
 * narrows the ends to what the header declares, and returns the layer that follows. A step reads nothing
 * at or behind `end`.
 */
export class Walk {
  view: DataView = EMPTY;
  /** First byte of the header to decode, as an offset into `view`. */
  start = 0;
  /** One past the last captured byte that the headers so far allow. */
  end = 0;
  /** The same on the wire: at least `end`, more where the snap length cut the packet. */
  wireEnd = 0;
  /** Where the link layer's own length field ends what it holds. Unlike the frame's end, no slicing moves it. */
  linkEnd: number = NO_LINK_END;
  packet: Packet = NOBODY;
  packetNumber = 0;
  seconds = 0;
  nanoseconds = 0;
  /** A number that the step before leaves for the next: switch tag length, GRE protocol. */
  code = 0;
  /** True until the first IP header or MPLS label: the MAC addresses and VLAN tags are the frame's own. */
  outermost = true;
  /** IP headers accepted so far. */
  ipHeaders = 0;
  /** Tunnel that was entered and counts only once an IP header is found inside; 0 for none. */
  pendingTunnel = 0;
  pendingMirrors = false;
  /** Where the frame begins that a VXLAN tap copied, in `view`; -1 for none. */
  copiedFrame = -1;
  /** True while a UDP port alone says that this is a tunnel. */
  guess = false;
  /** True where the IPv6 payload length is zero, so that a jumbo option may give it. */
  lengthOpen = false;

  // What an IP header says of its fragment.
  fragmentOffset = 0;
  fragmentMore = false;
  fragmentId = 0;
  fragmentProtocol = 0;

  readonly oddities: Oddities;

  constructor(oddities: Oddities) {
    this.oddities = oddities;
  }

  /** Ends what follows where the link layer's length field says: behind it lies padding. */
  endLink(end: number): void {
    if (end < this.linkEnd) this.linkEnd = end;
    if (end < this.wireEnd) this.wireEnd = end;
    if (end < this.end) this.end = end;
  }

  /**
   * Ends what follows where an IP header says, also beyond a frame that was sliced; not beyond the link layer's length
   * field, which would be padding that somebody on the way counted in.
   */
  endIp(end: number): void {
    this.wireEnd = Math.min(end, this.linkEnd);
    this.linkEnd = NO_LINK_END;
    if (this.wireEnd < this.end) this.end = this.wireEnd;
  }

  /** Counts an oddity and ends the walk. Behind a guessed tunnel only the guess was wrong. */
  odd(name: Oddity): Layer {
    this.oddities.note(this.guess ? "tunnel-content-unreadable" : name, this.packetNumber);
    return Layer.done;
  }

  /** Enters a tunnel. It is reported once an IP header inside makes sense. */
  enter(tunnel: number): void {
    this.pendingTunnel = tunnel;
  }

  /** Called by an IP header that makes sense before it writes its fields. False where it is one too many. */
  enterIp(): boolean {
    if (this.ipHeaders >= MAX_IP_HEADERS) {
      this.odd("tunnels-too-deep");
      return false;
    }
    if (this.ipHeaders > 0) this.#commitTunnel();
    this.ipHeaders += 1;
    this.outermost = false;
    return true;
  }

  /** The headers before an IP header were a tunnel's. */
  #commitTunnel(): void {
    const packet = this.packet;
    if (this.copiedFrame >= 0) keepCopiedFrame(this);
    if (packet.tunnel === 0) {
      packet.tunnel = this.pendingTunnel;
      keepOuterAddresses(packet);
    } else if (packet.tunnelMirrors && !this.pendingMirrors) {
      // The mirrored frame is itself the outside of a tunnel, and that is where the tunnel's packet was seen.
      packet.tunnelMirrors = false;
      keepOuterAddresses(packet);
    }
    // A mirror at any depth makes the headers outside it worthless as evidence.
    if (this.pendingMirrors) packet.tunnelMirrors = true;
    this.pendingTunnel = 0;
    this.pendingMirrors = false;
    this.copiedFrame = -1;
    this.guess = false;
    packet.innerFragment = false;
    packet.sourcePort = 0;
    packet.destinationPort = 0;
    packet.payloadStart = 0;
    packet.payloadEnd = 0;
    packet.payloadLength = 0;
    packet.kind = PacketKind.otherIp;
  }
}

/** The last IP header accepted is that around the tunnel. */
function keepOuterAddresses(packet: Packet): void {
  packet.outerSource0 = packet.source0;
  packet.outerSource1 = packet.source1;
  packet.outerSource2 = packet.source2;
  packet.outerSource3 = packet.source3;
  packet.outerDestination0 = packet.destination0;
  packet.outerDestination1 = packet.destination1;
  packet.outerDestination2 = packet.destination2;
  packet.outerDestination3 = packet.destination3;
}

const MAC_ADDRESSES = 12;

/** Takes addresses and tags of a copied frame instead of those of the packet that carried the copy. */
function keepCopiedFrame(walk: Walk): void {
  const { view, packet } = walk;
  const at = walk.copiedFrame;
  packet.hasMac = true;
  packet.destinationMacHigh = view.getUint32(at) >>> 8;
  packet.destinationMacLow = view.getUint32(at + 2) & 0xffffff;
  packet.sourceMacHigh = view.getUint32(at + 6) >>> 8;
  packet.sourceMacLow = view.getUint32(at + 8) & 0xffffff;
  packet.vlanCount = 0;
  packet.vlanOuter = 0;
  packet.vlanInner = 0;
  // The IP header behind them was reached through these very tags, so all of them were captured.
  for (let tag = at + MAC_ADDRESSES; tag + 4 <= walk.start; tag += 4) {
    const type = view.getUint16(tag);
    if (type !== 0x8100 && type !== 0x88a8 && type !== 0x9100 && type !== 0x9200) break;
    addTag(packet, view.getUint16(tag + 2) & 0xfff);
  }
}
