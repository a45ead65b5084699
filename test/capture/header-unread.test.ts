import { Readable } from "node:stream";
import { expect, it } from "vitest";
import { openCapture } from "../../src/capture/reader.ts";

/** A stream that hands over some bytes and then fails. */
function failing(bytes: string): Readable {
  let given = false;
  return new Readable({
    read() {
      if (given) this.destroy(new Error("the share went away"));
      else this.push(Buffer.from(bytes, "hex"));
      given = true;
    },
  });
}

it.each([
  ["pcap", "d4c3b2a102000400"],
  ["pcapng", "0a0d0d0a1c000000"],
])(
  "a failure inside the file header of %s is told as such, and not as a capture that ends",
  async (_, bytes) => {
    await expect(openCapture(failing(bytes))).rejects.toMatchObject({
      code: "unreadable",
      message: expect.stringContaining("the share went away"),
    });
    await expect(openCapture(Readable.from([Buffer.from(bytes, "hex")]))).rejects.toMatchObject({
      code: "header-cut",
    });
  },
);
