import { linkSync, type BigIntStats, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { found, isSame } from "../../src/files/same-file.ts";
import { temporaryFolder } from "../support/temporary.ts";

const folder = temporaryFolder();
const [one, link, other] = ["one", "link", "other"].map((name) => join(folder, name)) as [
  string,
  string,
  string,
];
writeFileSync(one, "1");
linkSync(one, link);
writeFileSync(other, "22");

it("two names of one file are the same, two files are not", () => {
  expect(isSame(found(one), found(link))).toBe(true);
  expect(isSame(found(one), found(other))).toBe(false);
  expect(isSame(found(one), found(join(folder, "none")))).toBe(false);
});

it("files of a share that numbers none are told apart by size and time", () => {
  const unnumbered = (path: string): BigIntStats =>
    Object.assign(statSync(path, { bigint: true }), { dev: 7n, ino: 0n });
  expect(isSame(unnumbered(one), unnumbered(link))).toBe(true);
  expect(isSame(unnumbered(one), unnumbered(other))).toBe(false);
});
