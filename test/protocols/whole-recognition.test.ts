import { expect, test } from "vitest";
import { QUICK_DNS, quickRecognition } from "../../src/classify/quick-codes.ts";
import { TcpInspector } from "../../src/protocols/tcp-inspector.ts";
import { UdpInspector } from "../../src/protocols/udp-inspector.ts";
import { wholeRecognition } from "../../src/protocols/whole-recognition.ts";

// Objects whose keys differ, or come in another order, are of different kinds to the engine: code that it compiled for one is
// thrown away at the next.
test("what flows are recognised as is one kind of object, whoever says it", () => {
  const whole = wholeRecognition({
    application: "tls",
    confidence: "certain",
    rule: "a-rule",
    firstPacket: 7,
  });
  const keys = Object.keys(whole);
  expect(Object.keys(new UdpInspector().result())).toEqual(keys);
  expect(Object.keys(new TcpInspector().result())).toEqual(keys);
  expect(Object.keys(quickRecognition(QUICK_DNS, 1))).toEqual(keys);
  expect(Object.keys(quickRecognition(0, 0))).toEqual(keys);
});

test("nothing that was known is lost", () => {
  const known = new UdpInspector().result();
  expect(wholeRecognition({ ...known, sip: { callId: "a", from: "b", to: "c", method: "INVITE" } })).toEqual({
    ...known,
    sip: { callId: "a", from: "b", to: "c", method: "INVITE" },
  });
});
