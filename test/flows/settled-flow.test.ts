import { expect, it } from "vitest";
import { FlowDetail } from "../../src/flows/flow-detail.ts";
import type { Recognition } from "../../src/protocols/recognition.ts";

const FOUND: Recognition = { application: "rtp", confidence: "high", rule: "rtp-flow-rule", firstPacket: 1 };

function detailOf(mediaSoFar: boolean): FlowDetail {
  const detail = new FlowDetail();
  // What an inspector says once it was asked is what it knows no more.
  const inspector = {
    wantsMore: true,
    mediaSoFar,
    inspect: () => undefined,
    result: () => {
      inspector.mediaSoFar = !mediaSoFar;
      return FOUND;
    },
  };
  detail.inspector = inspector;
  return detail;
}

it.each([true, false])("is media or not (%s) also when its inspector was asked and let go", (isMedia) => {
  const detail = detailOf(isMedia);
  expect(detail.mayBeMedia).toBe(isMedia);
  expect(detail.recognition).toBeUndefined();
  expect(detail.settle()).toBe(FOUND);
  expect(detail.inspector).toBeUndefined();
  expect(detail.mayBeMedia).toBe(isMedia);
  expect(detail.settle()).toBe(FOUND);
  expect(detail.recognition).toBe(FOUND);
});

it("of which nothing was ever watched is no media, and has nothing to tell", () => {
  const detail = new FlowDetail();
  expect(detail.mayBeMedia).toBe(false);
  expect(detail.settle()).toBeUndefined();
});
