import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Run, o365flow } from "../cli/run.ts";
import { SITE_TEMPLATE } from "../../src/site/template.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "o365flow-site-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

/** Runs the built command line as a user would; `@` in arguments stands for the test's folder. */
function run(...args: readonly string[]): Run {
  return o365flow(["site", ...args.map((arg) => arg.replace("@", `${folder}/`))]);
}

function write(name: string, text: string): void {
  writeFileSync(join(folder, name), text);
}

describe("site init", () => {
  it("writes the template to standard output", () => {
    expect(run("init")).toEqual({ stdout: SITE_TEMPLATE, stderr: "", status: 0 });
  });

  it("writes a file, and overwrites one only when told", () => {
    expect(run("init", "-o", "@site.yaml")).toEqual({ stdout: "", stderr: "", status: 0 });
    write("site.yaml", "mine");
    const refused = run("init", "-o", "@site.yaml");
    expect(refused.status).toBe(2);
    expect(refused.stderr).toContain("site.yaml exists; --force overwrites it");
    expect(readFileSync(join(folder, "site.yaml"), "utf8")).toBe("mine");
    expect(run("init", "-o", "@site.yaml", "--force").status).toBe(0);
    expect(readFileSync(join(folder, "site.yaml"), "utf8")).toBe(SITE_TEMPLATE);
  });

  it("names a folder that is not there", () => {
    const { status, stderr } = run("init", "-o", "@no/site.yaml");
    expect(status).toBe(2);
    expect(stderr).toContain("cannot be written (ENOENT, its folder does not exist)");
  });
});

describe("site check", () => {
  it("sums up a good description, with its routes from beside it", () => {
    write("r.txt", "198.51.100.0/24 192.0.2.2\n");
    write(
      "site.yaml",
      "version: 1\nname: London\npaths:\n  - { name: a, kind: expressroute, routes: r.txt }\n",
    );
    const { stdout, stderr, status } = run("check", "@site.yaml");
    expect({ stderr, status }).toEqual({ stderr: "", status: 0 });
    expect(stdout).toContain("ok: London; 1 path (1 expressroute); 5 internal prefixes; 1 route; 0 warnings");
  });

  it("prints the first errors of very many, and how many more there are", () => {
    const count = 150_000;
    write("site.json", JSON.stringify({ version: 1, internal: new Array<string>(count).fill("x") }));
    const { stdout, stderr, status } = run("check", "@site.json");
    expect({ stdout, status }).toEqual({ stdout: "", status: 2 });
    const lines = stderr.trimEnd().split("\n");
    expect(lines).toHaveLength(101);
    expect(lines[99]).toContain(`site.json:1:${26 + 4 * 99}: internal[99]: "x" is not an IPv4`);
    expect(lines[100]).toMatch(/^error: .*site\.json: and 149,900 more errors$/);
  });

  it("ends with one error at a place in 16 MiB of numbers", () => {
    const head = "version: 1\ninternal: [";
    write("site.yaml", `${head}${"1,".repeat((16 * 2 ** 20 - head.length - 2) / 2)}1]`);
    const { stdout, stderr, status } = run("check", "@site.yaml");
    expect({ stdout, status }).toEqual({ stdout: "", status: 2 });
    expect(stderr).toMatch(
      /^error: .*site\.yaml:2:\d+: is too long: no more than 500,000 words, .* are read\n$/,
    );
  });

  it("prints every error with its place and ends with status 2", () => {
    write("site.yaml", "version: 1\ncloud: x\nremote: [y]\n");
    const { stdout, stderr, status } = run("check", "@site.yaml");
    expect(stdout).toBe("");
    expect(status).toBe(2);
    expect(stderr.match(/^error: .*site\.yaml:\d+:\d+: /gm)).toHaveLength(2);
  });

  it("warns of declared prefixes over Microsoft's own addresses", () => {
    const pools = "{ name: a, kind: internet, nat: [52.112.0.0/24] }";
    write(
      "site.yaml",
      `version: 1\ninternal: [10.0.0.0/8, "52.0.0.0/8"]\nservers: { edge: [203.0.113.1] }\npaths: [${pools}]\n`,
    );
    const { stdout, stderr, status } = run("check", "@site.yaml");
    expect(status).toBe(0);
    expect(stdout).toContain("2 warnings");
    expect(stderr.split("\n").filter((line) => line.includes("Microsoft's endpoint list"))).toEqual([
      expect.stringMatching(/^warning: internal: 52\.0\.0\.0\/8 overlaps 52\.\S+ of Microsoft's/),
      expect.stringMatching(/^warning: NAT pool of "a": 52\.112\.0\.0\/24 overlaps 52\.112\.0\.0\/14 of/),
    ]);
  });

  it("prints warnings and ends with status 0", () => {
    write("site.yaml", "version: 1\npaths: [{ name: a, kind: internet }]\n");
    const { stderr, status } = run("check", "@site.yaml");
    expect(status).toBe(0);
    expect(stderr).toContain('path "a" has no marker');
  });

  it("checks a building file alone, and against the description", () => {
    write("b.csv", "192.0.2.0,n,24,b,,,,,,,,,1,1,0\n");
    write("site.yaml", "version: 1\n");
    expect(run("check", "--building", "@b.csv").stdout).toContain(
      "ok: 1 subnet; 1 declared ExpressRoute; 0 warnings",
    );
    const both = run("check", "@site.yaml", "--building", "@b.csv");
    expect(both.stdout.split("\n")).toHaveLength(3);
    expect(both.stderr).toContain("192.0.2.0/24 is inside the corporate network here");
  });

  it("names files that cannot be read, and the lack of any", () => {
    expect(run("check", "@none.yaml")).toMatchObject({ status: 2 });
    expect(run("check", "@none.yaml").stderr).toContain("none.yaml: does not exist");
    expect(run("check", "--building", "@none.csv").stderr).toContain("none.csv: does not exist");
    expect(run("check")).toMatchObject({ status: 2 });
  });

  it("lets nothing from a file steer the terminal", () => {
    write("site.yaml", 'version: 1\n"a\\e[31m": 1\n');
    const { stderr } = run("check", "@site.yaml");
    expect(stderr).toContain("is no key here");
    expect(stderr).not.toContain("\u001b");
  });

  it("refuses a description that is not text", () => {
    writeFileSync(join(folder, "site.yaml"), Uint8Array.of(0xc3, 0x28));
    expect(run("check", "@site.yaml").stderr).toContain("is no text in UTF-8");
  });
});
