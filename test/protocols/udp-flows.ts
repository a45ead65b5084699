import { openCapture } from "../../src/capture/reader.ts";
import { UdpInspector, type UdpSurroundings } from "../../src/protocols/udp-inspector.ts";
import type { Recognition } from "../../src/protocols/recognition.ts";
import { formatAddress } from "../../src/address/address.ts";
import { Decoder } from "../../src/wire/decode.ts";
import { Oddities } from "../../src/wire/oddities.ts";
import { Packet, PacketKind } from "../../src/wire/packet.ts";

/** One UDP flow of a capture and what the inspector says; `a` sent the first packet. */
export interface UdpFlow {
  readonly a: string;
  readonly b: string;
  readonly packets: number;
  readonly recognition: Recognition;
}

/** Runs a fresh inspector over every UDP 5-tuple of a capture, without any flow table. */
export async function udpFlows(path: string, surroundings: UdpSurroundings = {}): Promise<UdpFlow[]> {
  const reader = await openCapture(path);
  const decoder = new Decoder(new Oddities());
  const packet = new Packet();
  const flows = new Map<string, { a: string; b: string; packets: number; inspector: UdpInspector }>();
  for (;;) {
    while (reader.next()) {
      decoder.decode(reader.frame, packet);
      if (packet.kind !== PacketKind.udp) continue;
      const a = `${formatAddress(packet.ipVersion, packet.source0, packet.source1, packet.source2, packet.source3)} ${packet.sourcePort}`;
      const b = `${formatAddress(packet.ipVersion, packet.destination0, packet.destination1, packet.destination2, packet.destination3)} ${packet.destinationPort}`;
      const back = flows.get(`${b}>${a}`);
      let flow = back ?? flows.get(`${a}>${b}`);
      if (flow === undefined) {
        flow = { a, b, packets: 0, inspector: new UdpInspector(surroundings) };
        flows.set(`${a}>${b}`, flow);
      }
      flow.packets++;
      const { seconds, nanoseconds, number } = reader.frame;
      if (flow.inspector.wantsMore)
        flow.inspector.inspect(packet, back === undefined ? 0 : 1, seconds, nanoseconds, number);
    }
    if (!(await reader.refill())) break;
  }
  await reader.close();
  return [...flows.values()].map(({ a, b, packets, inspector }) => ({
    a,
    b,
    packets,
    recognition: inspector.result(),
  }));
}
