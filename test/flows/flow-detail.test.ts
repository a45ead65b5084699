import { describe, expect, it } from "vitest";
import { FlowDetail } from "../../src/flows/flow-detail.ts";

describe("changes of a direction's path", () => {
  it("are at most 256, of which the last is kept", () => {
    const detail = new FlowDetail();
    for (let i = 0; i < 1000; i++)
      detail.addRun(0, 2 + (i % 2), { context: i % 2, firstPacket: i + 1, seconds: i, nanoseconds: 0 });
    const runs = detail.runs[0];
    expect(runs).toHaveLength(256);
    expect(runs.at(-2)).toMatchObject({ context: 0, seconds: 254 });
    expect(runs.at(-1)).toMatchObject({ context: 1, seconds: 999 });
  });
});
