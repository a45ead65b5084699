// node bench/decode.mjs CAPTURE: the bare reader and decoder, the floor under everything that classify does. Build first.
import { Decoder, Oddities, openCapture, Packet } from "../dist/index.js";

const reader = await openCapture(process.argv[2]);
const decoder = new Decoder(new Oddities());
const packet = new Packet();
let payload = 0;
for (;;) {
  while (reader.next()) {
    decoder.decode(reader.frame, packet);
    payload += packet.payloadEnd - packet.payloadStart;
  }
  const more = reader.refill();
  if (!(typeof more === "boolean" ? more : await more)) break;
}
console.log(`${reader.packets} packets, ${payload} bytes of payload`);
