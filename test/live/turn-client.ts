import { createSocket, type Socket } from "node:dgram";
import { randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";
import { u32, u8 } from "../support/bytes.ts";
import { rtp, stun, type StunAttribute, stunXorAddress } from "../support/payloads-media.ts";

/**
 * A client that sends RTP through a TURN relay in Send indications only, as clients do before a channel is bound, and
 * counts what comes back in Data indications. Arguments: relay, its port, peer, its port, packets, file for the counts.
 */
const [relay = "", relayPort, peer = "", peerPort, packets, report = ""] = process.argv.slice(2);

const ALLOCATE = 0x0003;
const CREATE_PERMISSION = 0x0008;
const SEND_INDICATION = 0x0016;
const DATA_INDICATION = 0x0017;
const SUCCESS = 0x0100;

const socket: Socket = createSocket("udp4");
let received = 0;
const waiting = new Map<string, (type: number) => void>();

socket.on("message", (message) => {
  const type = message.readUInt16BE(0);
  if (type === DATA_INDICATION) received++;
  else waiting.get(message.subarray(8, 20).toString("hex"))?.(type);
});

function send(type: number, attributes: readonly StunAttribute[], transaction: Uint8Array): void {
  socket.send(stun(type, attributes, { transaction }), Number(relayPort), relay);
}

async function request(type: number, attributes: readonly StunAttribute[]): Promise<void> {
  const transaction = randomBytes(12);
  const answer = new Promise<number>((done) => waiting.set(transaction.toString("hex"), done));
  send(type, attributes, transaction);
  const answered = await answer;
  if (answered !== (type | SUCCESS)) throw new Error(`answer ${answered.toString(16)}`);
}

const peerAddress = (transaction: Uint8Array): Uint8Array =>
  stunXorAddress(peer, Number(peerPort), transaction);
const pause = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));

async function run(): Promise<void> {
  await request(ALLOCATE, [
    [0x0019, u8(17, 0, 0, 0)],
    [0x000d, u32(600)],
  ]);
  const transaction = randomBytes(12);
  await request(CREATE_PERMISSION, [[0x0012, peerAddress(transaction)]]);
  for (let i = 0; i < Number(packets); i++) {
    const id = randomBytes(12);
    const media = rtp({
      payloadType: 0,
      sequence: i,
      timestamp: 160 * i,
      ssrc: 0x5e4d0001,
      payload: randomBytes(160),
    });
    send(
      SEND_INDICATION,
      [
        [0x0012, peerAddress(id)],
        [0x0013, media],
      ],
      id,
    );
    await pause(20);
  }
  await pause(300);
  writeFileSync(report, JSON.stringify({ sent: Number(packets), received }));
  socket.close();
}

await run();
