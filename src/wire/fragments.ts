import type { Ends } from "./five-tuple.ts";
import { FragmentedDatagram, MAX_DATAGRAM_BYTES, UNIT } from "./fragmented-datagram.ts";
import { followProtocol, IpProtocol } from "./ip-protocol.ts";
import { PacketKind } from "./packet.ts";
import { TransportFinder } from "./transport-finder.ts";
import { tunnelOfPorts } from "./udp.ts";
import { Layer, type Walk } from "./walk.ts";

/** Datagrams whose fragments are held at a time; with their bytes about 18 MB. */
export const MAX_DATAGRAMS = 256;
/** Fragments of one datagram; in a path of 576 bytes the longest datagram needs 119. */
export const MAX_FRAGMENTS = 256;
/** Age in seconds of capture time at which an unfinished datagram is given up. */
export const MAX_AGE_SECONDS = 30;

/** A datagram of which fragments may still come. */
export interface UnfinishedDatagram extends Ends {
  readonly kind: PacketKind;
}

/** Reassembly of IPv4 and IPv6 fragments in bounded memory (RFC 791, RFC 8200 section 4.5, RFC 5722). */
export class Fragments {
  readonly #datagrams: FragmentedDatagram[] = [];
  /** Hash of each datagram's key, at its index: the one thing that a search looks at. */
  readonly #hashes: Int32Array = new Int32Array(MAX_DATAGRAMS);
  readonly #finder: TransportFinder = new TransportFinder();
  #begun = 0;
  /** The datagram that the walk is reading just now, and that must not be given away. */
  #busy: FragmentedDatagram | undefined;

  /** Called before each frame: no reassembled view is in use any more. */
  release(): void {
    this.#busy = undefined;
  }

  /**
   * Takes the fragment at the cursor. When it completes its datagram, the walk goes on in the reassembled bytes; else
   * it ends, and the packet gets the kind and the ports of the first fragment, if that was seen.
   */
  take(walk: Walk): Layer {
    walk.packet.fragment = true;
    walk.packet.innerFragment = true;
    walk.packet.fragmentOffset = walk.fragmentOffset;
    walk.packet.fragmentId = walk.fragmentId;
    const datagram = this.#find(walk);
    const length = walk.wireEnd - walk.start;
    if (walk.fragmentOffset === 0 && this.#isOfAnother(datagram, walk)) {
      if (!datagram.complete && !datagram.dropped) walk.odd("fragment-overlap");
      datagram.begin(walk, this.#begun++);
    }
    const isKnown = !datagram.dropped && this.#isKnown(datagram, walk, length);
    walk.packet.datagram = datagram.order;
    if (!datagram.dropped && !isKnown) this.#add(datagram, walk, length);
    if (walk.fragmentOffset === 0 && !datagram.firstSeen) this.#learn(datagram, walk);
    if (walk.fragmentOffset === 0 && walk.end < walk.wireEnd && datagram.kind === PacketKind.otherIp)
      return beginning(walk);
    if (datagram.total >= 0 && !datagram.complete && !datagram.dropped) {
      if (datagram.units * UNIT >= datagram.total) return this.#complete(datagram, walk);
    }
    // What a tunnel's outer packet holds is no flow's that fragments are attributed to: another point shows it by the same one.
    if (isKnown && datagram.completedBy === walk.fragmentOffset && datagram.kind === PacketKind.otherIp)
      return this.#complete(datagram, walk);
    this.#attribute(datagram, walk);
    return Layer.done;
  }

  /** Shows the datagrams that want more fragments and whose ports are known, of which `protocol` says TCP or UDP. */
  eachUnfinished(visit: (datagram: UnfinishedDatagram) => void): void {
    for (const datagram of this.#datagrams) {
      if (!datagram.used || datagram.complete || datagram.kind === PacketKind.otherIp) continue;
      visit(datagram);
    }
  }

  /** Whether a first fragment has other ports than that before it: the number was used again, and what is missing will not come. */
  #isOfAnother(datagram: FragmentedDatagram, walk: Walk): boolean {
    if (datagram.kind === PacketKind.otherIp) return false;
    const finder = this.#finder;
    return (
      finder.find(walk.view, walk.start, walk.end, walk.fragmentProtocol) &&
      (finder.sourcePort !== datagram.sourcePort || finder.destinationPort !== datagram.destinationPort)
    );
  }

  /** A repeated fragment is a copy (a mirror of both ports), or the beginning of a datagram with a reused number. */
  #isKnown(datagram: FragmentedDatagram, walk: Walk, length: number): boolean {
    if (walk.end - walk.start === length && datagram.holds(walk)) return true;
    if (datagram.complete) datagram.begin(walk, this.#begun++);
    return false;
  }

  #add(datagram: FragmentedDatagram, walk: Walk, length: number): void {
    const { fragmentOffset, fragmentMore } = walk;
    const end = fragmentOffset + length;
    if (length <= 0 || (fragmentMore && length % UNIT !== 0)) {
      walk.odd("fragment-length-invalid");
      return;
    }
    if (end > MAX_DATAGRAM_BYTES) {
      datagram.dropped = true;
      walk.odd("fragment-beyond-maximum");
      return;
    }
    if (walk.end - walk.start < length) {
      datagram.dropped = true;
      walk.odd("fragment-cut");
      return;
    }
    const disagrees = fragmentMore
      ? datagram.total >= 0 && end > datagram.total
      : end < datagram.reach || (datagram.total >= 0 && end !== datagram.total);
    if (disagrees || datagram.touches(fragmentOffset, length)) {
      datagram.dropped = true;
      walk.odd("fragment-overlap");
      return;
    }
    if (datagram.fragments === MAX_FRAGMENTS) {
      datagram.dropped = true;
      walk.odd("fragment-too-many");
      return;
    }
    datagram.fragments++;
    datagram.store(walk, length);
    if (!fragmentMore) datagram.total = end;
    if (end > datagram.reach) datagram.reach = end;
    if (fragmentOffset === 0) datagram.protocol = walk.fragmentProtocol;
  }

  #learn(datagram: FragmentedDatagram, walk: Walk): void {
    const finder = this.#finder;
    datagram.firstSeen = true;
    if (!finder.find(walk.view, walk.start, walk.end, walk.fragmentProtocol)) {
      // One that the capture cut is told as such.
      const isTiny = finder.endedEarly && walk.fragmentMore && walk.end === walk.wireEnd;
      if (isTiny) walk.odd("fragment-first-without-ports");
      return;
    }
    const udp = finder.protocol === IpProtocol.udp;
    if (udp && hidesFlow(tunnelOfPorts(finder.sourcePort, finder.destinationPort))) return;
    datagram.kind = udp ? PacketKind.udp : PacketKind.tcp;
    datagram.sourcePort = finder.sourcePort;
    datagram.destinationPort = finder.destinationPort;
    const { packet } = walk;
    packet.earlierFragments = datagram.early;
    packet.earlierBytes = datagram.earlyBytes;
    packet.earlierPacket = datagram.earlyPacket;
    packet.earlierSeconds = datagram.earlySeconds;
    packet.earlierNanoseconds = datagram.earlyNanoseconds;
  }

  #attribute(datagram: FragmentedDatagram, walk: Walk): void {
    const { packet } = walk;
    packet.view = walk.view;
    packet.fragmentStart = walk.start;
    packet.fragmentEnd = walk.end;
    if (datagram.isEarlyCopy(walk)) return;
    if (!datagram.firstSeen) {
      datagram.countEarly(walk);
      walk.odd("fragment-before-first");
    }
    packet.kind = datagram.kind;
    packet.sourcePort = datagram.sourcePort;
    packet.destinationPort = datagram.destinationPort;
    if (datagram.kind === PacketKind.tcp) packet.protocol = IpProtocol.tcp;
    else if (datagram.kind === PacketKind.udp) packet.protocol = IpProtocol.udp;
  }

  #complete(datagram: FragmentedDatagram, walk: Walk): Layer {
    datagram.complete = true;
    datagram.completedBy = walk.fragmentOffset;
    this.#busy = datagram;
    walk.view = datagram.view;
    walk.start = 0;
    walk.end = datagram.total;
    walk.wireEnd = datagram.total;
    return followProtocol(walk, datagram.protocol);
  }

  /** The datagram that this fragment belongs to, begun now if it is the first one seen of it. */
  #find(walk: Walk): FragmentedDatagram {
    const hash = hashOf(walk);
    const hashes = this.#hashes;
    for (let i = 0; i < hashes.length; i++) {
      if (hashes[i] !== hash) continue;
      const datagram = this.#datagrams[i];
      if (datagram === undefined || !datagram.used || !datagram.matches(walk)) continue;
      if (isYoung(datagram, walk.seconds)) return datagram;
      this.#giveUp(datagram, walk);
      datagram.begin(walk, this.#begun++);
      return datagram;
    }
    const datagram = this.#free(walk);
    hashes[datagram.index] = hash;
    datagram.begin(walk, this.#begun++);
    return datagram;
  }

  /** A place for another datagram: one never used or given up, else the oldest that is finished, else the oldest. */
  #free(walk: Walk): FragmentedDatagram {
    let finished: FragmentedDatagram | undefined;
    let oldest: FragmentedDatagram | undefined;
    for (const datagram of this.#datagrams) {
      if (datagram === this.#busy) continue;
      if (datagram.used && !isYoung(datagram, walk.seconds)) this.#giveUp(datagram, walk);
      if (!datagram.used) return datagram;
      if (datagram.complete || datagram.dropped) {
        if (finished === undefined || datagram.order < finished.order) finished = datagram;
      } else if (oldest === undefined || datagram.order < oldest.order) oldest = datagram;
    }
    const leaving = finished ?? oldest;
    if (this.#datagrams.length < MAX_DATAGRAMS || leaving === undefined) {
      const datagram = new FragmentedDatagram(this.#datagrams.length);
      this.#datagrams.push(datagram);
      return datagram;
    }
    if (finished === undefined) walk.odd("fragment-table-full");
    return leaving;
  }

  #giveUp(datagram: FragmentedDatagram, walk: Walk): void {
    datagram.used = false;
    if (!datagram.complete && !datagram.dropped) walk.odd("fragment-timeout");
  }
}

/** Captures are not always in order of time, so age counts both ways. */
function isYoung(datagram: FragmentedDatagram, seconds: number): boolean {
  return Math.abs(seconds - datagram.seconds) <= MAX_AGE_SECONDS;
}

/**
 * Goes on in a first fragment that the snap length cut: its datagram is never whole, but what a tunnel carries begins here, and
 * says its length itself.
 */
function beginning(walk: Walk): Layer {
  walk.wireEnd = walk.start + MAX_DATAGRAM_BYTES;
  return followProtocol(walk, walk.fragmentProtocol);
}

/** A tunnel's own ports are not those of the flow inside, unless the tunnel is opaque. */
function hidesFlow(tunnel: Layer): boolean {
  return tunnel !== Layer.done && tunnel !== Layer.espInUdp && tunnel !== Layer.wireguard;
}

/** 32 bits that tell most datagrams apart (steps of FNV-1a over words). */
function hashOf(walk: Walk): number {
  const { packet } = walk;
  let hash = Math.imul(walk.fragmentId ^ 0x811c9dc5, 0x01000193);
  hash = Math.imul(hash ^ packet.source3, 0x01000193);
  hash = Math.imul(hash ^ packet.destination3, 0x01000193);
  hash = Math.imul(hash ^ packet.source1 ^ packet.destination1, 0x01000193);
  return hash;
}
