import { describe, expect, it } from "vitest";
import { sumOfAddress, UdpChecksums } from "../../src/flows/udp-checksums.ts";
import { concat, u16, view } from "../support/bytes.ts";
import { checksum, ipBytes } from "../support/packets.ts";

const ENDS = ["2001:db8:1::43", "2603:1063::11"] as const;
const TUPLE = 0x1234_5678;
const LENGTH = 172;
/** What a host leaves to its network card: the sum of the pseudo-header. */
const OPEN = ~checksum(...ENDS.map(ipBytes), u16(LENGTH + 8), u16(17)) & 0xffff;
const [HOST, WIRE] = [0, 1];

function words(address: string): [number, number, number, number] {
  const bytes = view(ipBytes(address));
  return [0, 4, 8, 12].map((at) => bytes.getUint32(at)) as [number, number, number, number];
}

const ADDRESSES = ENDS.reduce((sum, address) => sum + sumOfAddress(...words(address)), 0);

function told(checksums: UdpChecksums, value: number, point: number, declared = LENGTH + 8): number {
  const header = view(concat(u16(50_010), u16(3479), u16(declared), u16(value)));
  return checksums.tell(header, 8, LENGTH, TUPLE, ADDRESSES, point);
}

describe("a UDP checksum", () => {
  it("tells datagrams apart", () => {
    expect(told(new UdpChecksums(), 0xbeef, WIRE)).toBe(0xbeef);
  });

  it.each([
    ["zero", 0],
    ["the sum of the pseudo-header", OPEN],
  ])("says nothing where a point of its tuple leaves it open: %s", (_name, open) => {
    const checksums = new UdpChecksums();
    expect(told(checksums, open, HOST)).toBe(0);
    expect(told(checksums, 0xbeef, WIRE)).toBe(0);
    expect(told(checksums, open, HOST)).toBe(0);
  });

  it("that looks open by chance says nothing for once: the point's next one is none", () => {
    const checksums = new UdpChecksums();
    expect(told(checksums, OPEN, WIRE)).toBe(0);
    expect(told(checksums, 0xbeef, WIRE)).toBe(0xbeef);
    expect(told(checksums, 0xcafe, HOST)).toBe(0xcafe);
  });

  it("is none where the header was cut, too", () => {
    expect(told(new UdpChecksums(), 0xbeef, WIRE, 3479)).toBe(0);
  });
});
