import { join } from "node:path";
import { expect, it } from "vitest";
import { o365flow } from "../cli/run.ts";
import { ROOT } from "../support/shared.ts";

const SCENE = join(ROOT, "fixtures", "scenario-hybrid-conference-onprem-edge-relay");

function ladder(columns: string): string[] {
  const { stdout } = o365flow(
    ["calls", "-q", join(SCENE, "trunk.pcap"), "--site", join(SCENE, "site.yaml"), "--ladder", "Bmqb"],
    { env: { COLUMNS: columns } },
  );
  return stdout.trimEnd().split("\n");
}

it.each(["200", "120", "80", "60"])(
  "a ladder fits a terminal of %s columns, and leaves nothing out",
  (columns) => {
    const lines = ladder(columns);
    expect(Math.max(...lines.map(({ length }) => length))).toBeLessThanOrEqual(Number(columns));
    const words = lines.join(" ").replaceAll(/\s+/g, " ");
    expect(words).toContain("deviates: took the Internet, documented is expressroute");
    expect(words).toContain("edge 203.0.113.40");
    expect(lines.some((line) => / 13:10:04\.200 +[|-].*>\|/.test(line))).toBe(true);
  },
);

it("numbers its posts where names have no room", () => {
  const lines = ladder("60");
  const numbers = lines.findIndex((line) => /^ +1 +2 +3/.test(line));
  expect(numbers).toBeGreaterThan(3);
  expect(lines.slice(0, numbers).some((line) => line.startsWith("2 edge 203.0.113.40"))).toBe(true);
  expect(ladder("200").some((line) => /^ +1 +2 +3/.test(line))).toBe(false);
});
