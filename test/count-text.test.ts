import { describe, expect, it } from "vitest";
import { counted, grouped } from "../src/count-text.ts";

describe("numbers in texts", () => {
  it.each([
    [0, "0"],
    [999, "999"],
    [1_048, "1,048"],
    [4_294_967_296, "4,294,967,296"],
  ])("groups the digits of %d by three", (count, text) => {
    expect(grouped(count)).toBe(text);
  });

  it.each([
    [0, "0 flows"],
    [1, "1 flow"],
    [1_204, "1,204 flows"],
  ])("puts a noun behind %d in the number that fits", (count, text) => {
    expect(counted(count, "flow")).toBe(text);
  });

  it("takes a plural that is no mere s", () => {
    expect([counted(1, "copy", "copies"), counted(2, "copy", "copies")]).toEqual(["1 copy", "2 copies"]);
  });
});
