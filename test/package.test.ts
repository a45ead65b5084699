import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { expect, it } from "vitest";
import { ROOT } from "./support/shared.ts";

/** What npm would publish. */
const packed = ((): string[] => {
  const npm = process.platform === "win32" ? "npm.cmd" : "npm";
  const text = execFileSync(npm, ["pack", "--dry-run", "--json", "--ignore-scripts"], {
    cwd: ROOT,
    encoding: "utf8",
    shell: process.platform === "win32",
  });
  const [answer] = JSON.parse(text) as { readonly files: readonly { readonly path: string }[] }[];
  return (answer?.files ?? []).map(({ path }) => path);
})();

it("the package has every page that its README and its pages link to", () => {
  const pages = packed.filter((path) => path.endsWith(".md"));
  const linked = pages.flatMap((page) =>
    [...readFileSync(join(ROOT, page), "utf8").matchAll(/\]\((?!https?:)([^)#]+)/g)].map(([, target = ""]) =>
      normalize(join(dirname(page), target)).replaceAll("\\", "/"),
    ),
  );
  expect(linked.length).toBeGreaterThan(12);
  for (const path of linked) expect(packed).toContain(path);
});

it("the package has what runs and what it reads, and none of the sources, tests and captures beside it", () => {
  for (const path of [
    "LICENSE",
    "dist/index.js",
    "dist/index.d.ts",
    "dist/cli/main.js",
    "data/endpoints/china.json",
  ])
    expect(packed).toContain(path);
  const others = packed.filter(
    (path) =>
      !/^(README\.md|LICENSE|CHANGELOG\.md|package\.json)$/.test(path) &&
      !/^dist\/.*\.(js|d\.ts)$/.test(path) &&
      !/^data\/.*\.(json|js|css)$/.test(path) &&
      !/^docs\/[\w-]+\.md$/.test(path),
  );
  expect(others).toEqual([]);
  expect(packed.filter((path) => path.endsWith("tsconfig.json"))).toEqual([]);
});
