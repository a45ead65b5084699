import { formatAddress } from "../../../src/address/address.ts";
import type { Recognition } from "../../../src/protocols/recognition.ts";
import { StunAddress } from "../../../src/protocols/stun-address.ts";
import { StunMessage } from "../../../src/protocols/stun.ts";
import { UdpInspector } from "../../../src/protocols/udp-inspector.ts";
import { hex, view } from "../../support/bytes.ts";
import { Datagrams } from "../datagrams.ts";

export const message: StunMessage = new StunMessage();
const address = new StunAddress();

/** Lays `message` over a text's bytes. */
export function stunOf(text: string): StunMessage {
  const bytes = hex(text);
  message.at(view(bytes), 0, bytes.length);
  return message;
}

/** The address that an attribute of `message` holds, and its port. */
export function addressAt(offset: number, xored: boolean): string {
  message.readAddress(offset, xored, address);
  const { version, word0, word1, word2, word3, port } = address;
  return `${formatAddress(version, word0, word1, word2, word3)} ${port}`;
}

/** One datagram after the other, by turns of direction, on the port of TURN. */
export function recognised(...datagrams: readonly string[]): Recognition {
  const inspector = new UdpInspector();
  const packets = new Datagrams([50006, 3478]);
  for (const [i, text] of datagrams.entries()) {
    const direction = i % 2 === 0 ? 0 : 1;
    inspector.inspect(packets.lay(hex(text), direction), direction, 1_700_000_000 + i, 0, i + 1);
  }
  return inspector.result();
}
