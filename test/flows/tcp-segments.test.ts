import { describe, expect, it } from "vitest";
import * as layout from "../../src/flows/layout.ts";
import { SYN, ACK, Table, back } from "../support/counted-table.ts";

describe("TCP segments", () => {
  it("counts a segment sent again, not one that was only late, and not a keep-alive", () => {
    const t = new Table();
    const flow = t.send({ sequence: 100, length: 10 }, 1);
    t.send({ sequence: 120, length: 10 }, 1, 1000);
    t.send({ sequence: 110, length: 10 }, 1, 2000); // 1 microsecond late: reordered
    t.send({ sequence: 129, length: 1 }, 5); // keep-alive: the last byte again
    expect(t.table.word(flow, layout.RETRANSMISSIONS)).toBe(0);
    t.send({ sequence: 100, length: 10 }, 6);
    expect(t.table.word(flow, layout.RETRANSMISSIONS)).toBe(1);
  });

  it("counts every lost segment that fills a hole later than reordering explains, whatever was sent behind it", () => {
    const t = new Table();
    const flow = t.send({ sequence: 100, length: 10 }, 1);
    t.send({ sequence: 130, length: 10 }, 1, 1_000_000); // 110 to 129 were lost before the capture
    for (let i = 1; i < 50; i++) t.send({ sequence: 130 + 10 * i, length: 10 }, 1, (1 + i) * 1_000_000);
    t.send({ sequence: 110, length: 10 }, 1, 50_100_000); // 0.1 ms behind the packet before, 49 ms behind the hole
    t.send({ sequence: 120, length: 10 }, 1, 50_110_000);
    expect(t.table.word(flow, layout.RETRANSMISSIONS)).toBe(2);
  });

  it("counts no late segment of several holes, but each of them that comes twice", () => {
    const t = new Table();
    const flow = t.send({ sequence: 100, length: 10 }, 1);
    // Two ways, one 0.5 ms longer: every other segment is late, five holes are open at once.
    for (let i = 1; i <= 9; i += 2) t.send({ sequence: 110 + 10 * i, length: 10 }, 1, i * 10_000);
    for (let i = 0; i <= 8; i += 2) t.send({ sequence: 110 + 10 * i, length: 10 }, 1, 500_000 + i * 10_000);
    expect(t.table.word(flow, layout.RETRANSMISSIONS)).toBe(0);
    for (let i = 0; i <= 8; i += 2) t.send({ sequence: 110 + 10 * i, length: 10 }, 1, 600_000 + i * 10_000);
    expect(t.table.word(flow, layout.RETRANSMISSIONS)).toBe(5);
  });

  it("counts the middle of a hole once as late, then as sent again", () => {
    const t = new Table();
    const flow = t.send({ sequence: 100, length: 10 }, 1);
    t.send({ sequence: 150, length: 10 }, 1, 10_000); // 110 to 149 are missing
    t.send({ sequence: 180, length: 10 }, 1, 20_000); // and 160 to 179
    for (const sequence of [130, 120, 140, 110, 170, 160])
      t.send({ sequence, length: 10 }, 1, 30_000 + sequence);
    expect(t.table.word(flow, layout.RETRANSMISSIONS)).toBe(0);
    for (const sequence of [130, 120, 140, 110, 170, 160])
      t.send({ sequence, length: 10 }, 1, 40_000 + sequence);
    expect(t.table.word(flow, layout.RETRANSMISSIONS)).toBe(6);
  });

  it("counts a lost tail that is sent again where an acknowledgement had shown it", () => {
    const t = new Table();
    const flow = t.send({ sequence: 100, length: 10 }, 1);
    t.send({ sequence: 140 }, 1, 1_000_000); // 110 to 139 were sent before, and not seen
    t.send({ sequence: 110, length: 10 }, 1, 2_000_000); // late: the acknowledgement overtook it
    t.send({ sequence: 130, length: 10 }, 1, 300_000_000);
    t.send({ sequence: 120, length: 10 }, 1, 310_000_000);
    expect(t.table.word(flow, layout.RETRANSMISSIONS)).toBe(2);
    t.send({ sequence: 140, length: 10 }, 2);
    t.send({ sequence: 150, length: 10 }, 3);
    expect(t.table.word(flow, layout.RETRANSMISSIONS)).toBe(2);
  });

  it("counts a lost tail that is sent again sooner than in half a round trip after it was shown", () => {
    const t = new Table();
    const flow = t.send({ flags: SYN, sequence: 99 }, 1);
    t.send({ ...back, flags: SYN | ACK, sequence: 899, acknowledgement: 100 }, 1, 200_000_000);
    t.send({ sequence: 100, acknowledgement: 900 }, 1, 200_100_000);
    t.send({ sequence: 120, acknowledgement: 900 }, 2);
    t.send({ sequence: 100, length: 10, acknowledgement: 900 }, 2, 2_000_000); // overtaken
    t.send({ sequence: 110, length: 10, acknowledgement: 900 }, 2, 20_000_000);
    expect(t.table.word(flow, layout.RETRANSMISSIONS)).toBe(1);
  });

  it("takes what goes on behind a lost tail for new", () => {
    const t = new Table();
    const flow = t.send({ sequence: 100, length: 10 }, 1);
    t.send({ sequence: 120 }, 1, 1_000_000);
    t.send({ sequence: 120, length: 10 }, 2);
    t.send({ sequence: 140, length: 10 }, 2, 1_000_000);
    t.send({ sequence: 130, length: 10 }, 2, 2_000_000);
    expect(t.table.word(flow, layout.RETRANSMISSIONS)).toBe(0);
    t.send({ sequence: 115, length: 10 }, 3); // begins in the tail that was lost
    expect(t.table.word(flow, layout.RETRANSMISSIONS)).toBe(1);
  });

  it("shows data that was acknowledged unseen, whatever an acknowledgement of its sender told of it", () => {
    const t = new Table();
    const flow = t.send({ sequence: 100, length: 10 }, 1);
    t.send({ sequence: 140 }, 1, 1_000_000);
    t.send({ ...back, sequence: 900, acknowledgement: 140 }, 1, 2_000_000);
    expect(t.table.word(flow, layout.TCP_STATE) & layout.ACKED_UNSEEN_0).not.toBe(0);
  });

  it("takes no acknowledgement of another connection for a lost tail", () => {
    const t = new Table();
    const flow = t.send({ sequence: 100, length: 10 }, 1);
    t.send({ sequence: 100 + 2 ** 29 }, 2);
    t.send({ sequence: 110, length: 10 }, 3);
    expect(t.table.word(flow, layout.RETRANSMISSIONS)).toBe(0);
  });

  it("counts what goes out again unanswered, until the other side is heard", () => {
    const t = new Table();
    const flow = t.send({ flags: SYN, sequence: 100 }, 1);
    t.send({ flags: SYN, sequence: 100 }, 2);
    t.send({ flags: SYN, sequence: 100 }, 4);
    expect(t.table.word(flow, layout.UNANSWERED) & 0xffff).toBe(2);
    t.send({ ...back, flags: SYN | ACK, sequence: 900, acknowledgement: 101 }, 5);
    expect(t.table.word(flow, layout.UNANSWERED)).toBe(0);
  });

  it("measures the handshake from SYN to ACK", () => {
    const t = new Table();
    const flow = t.send({ flags: SYN, sequence: 100 }, 1, 0);
    t.send({ ...back, flags: SYN | ACK, sequence: 900, acknowledgement: 101 }, 1, 30_000_000);
    t.send({ flags: ACK, sequence: 101, acknowledgement: 901 }, 1, 30_100_000);
    expect(t.table.word(flow, layout.HANDSHAKE_US)).toBe(30_100);
  });

  // The capture lacks the ACK: who waits for one sends again within three seconds, and data has ACKs before it.
  it.each([
    ["the client speaks 25 s later", 26, 101],
    ["what the client said first is not there either", 1, 601],
  ])("does not measure a handshake without its ACK: %s", (_name, seconds, sequence) => {
    const t = new Table();
    const flow = t.send({ flags: SYN, sequence: 100 }, 1, 0);
    t.send({ ...back, flags: SYN | ACK, sequence: 900, acknowledgement: 101 }, 1, 30_000_000);
    t.send({ flags: ACK, sequence, acknowledgement: 901, length: 500 }, seconds, 800_000_000);
    expect(t.table.word(flow, layout.HANDSHAKE_US)).toBe(0);
  });

  // Who has sent data acknowledges behind it, so an empty segment at its beginning is the handshake's own.
  it.each<readonly [string, number, number, number, number]>([
    ["data behind a hole comes first", 1, 101, 901, 38_000],
    ["it acknowledges what the server said since", 1, 101, 911, 0],
    ["it stands behind data", 1, 201, 901, 0],
    ["the SYN-ACK may have been sent again", 2, 101, 901, 0],
  ])("measures the handshake to an ACK that was overtaken: %s", (_name, second, sequence, ack, expected) => {
    const t = new Table();
    const flow = t.send({ flags: SYN, sequence: 100 }, 1, 0);
    t.send({ ...back, flags: SYN | ACK, sequence: 900, acknowledgement: 101 }, 1, 1_000_000);
    t.send({ sequence: 601, acknowledgement: 901, length: 500 }, 1, 31_000_000);
    t.send({ sequence: 1101, acknowledgement: 901, length: 500 }, 1, 31_100_000);
    t.send({ ...back, sequence: 901, acknowledgement: 101 }, 1, 31_200_000);
    t.send({ sequence, acknowledgement: ack }, second, 38_000_000);
    expect(t.table.word(flow, layout.HANDSHAKE_US)).toBe(expected);
  });

  it("does not measure the handshake from a SYN that was sent again, though a timer ran short", () => {
    const t = new Table();
    const flow = t.send({ flags: SYN, sequence: 100 }, 1, 0);
    t.send({ flags: SYN, sequence: 100 }, 1, 999_996_000);
    t.send({ ...back, flags: SYN | ACK, sequence: 900, acknowledgement: 101 }, 1, 999_997_000);
    t.send({ sequence: 101, acknowledgement: 901 }, 1, 999_998_000);
    t.send({ sequence: 101, acknowledgement: 901, length: 100 }, 1, 999_999_000);
    expect(t.table.word(flow, layout.HANDSHAKE_US)).toBe(0);
  });

  it("counts no segment as sent again that was late by less than half a round trip, though data overtook the handshake", () => {
    const t = new Table();
    const flow = t.send({ flags: SYN, sequence: 100 }, 1, 0);
    t.send({ ...back, flags: SYN | ACK, sequence: 900, acknowledgement: 101 }, 1, 1_000_000);
    t.send({ sequence: 601, acknowledgement: 901, length: 500 }, 1, 31_000_000);
    t.send({ sequence: 101, acknowledgement: 901 }, 1, 32_000_000);
    t.send({ sequence: 101, acknowledgement: 901, length: 500 }, 1, 40_000_000);
    expect(t.table.word(flow, layout.RETRANSMISSIONS)).toBe(0);
  });

  // An ACK that goes with data may come late, up to what stacks delay it: at the server's side a whole round trip later.
  it.each<readonly [string, number, number, number]>([
    ["the client speaks at once", 30, 31, 31_000],
    ["the client speaks within the time of a delayed ACK", 30, 220, 220_000],
    ["the client speaks a second later", 30, 1030, 0],
    ["the client is as far away as the server", 400, 790, 790_000],
    ["the client speaks later than the server is far", 400, 810, 0],
  ])("of a handshake whose ACK comes with data: %s", (_name, answered, spoken, expected) => {
    const t = new Table();
    const flow = t.send({ flags: SYN, sequence: 100 }, 1, 0);
    t.send({ ...back, flags: SYN | ACK, sequence: 900, acknowledgement: 101 }, 1, answered * 1_000_000);
    const [seconds, ms] = [Math.floor(spoken / 1000), spoken % 1000];
    t.send({ flags: ACK, sequence: 101, acknowledgement: 901, length: 500 }, 1 + seconds, ms * 1_000_000);
    expect(t.table.word(flow, layout.HANDSHAKE_US)).toBe(expected);
  });
});
