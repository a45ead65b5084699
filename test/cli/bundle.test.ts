import { readdirSync, readFileSync } from "node:fs";
import { isBuiltin } from "node:module";
import { join } from "node:path";
import { expect, it } from "vitest";
import { ROOT } from "../support/shared.ts";

it("the bundles import each other, Node's modules and the packages that are installed with us, nothing else", () => {
  const { dependencies, optionalDependencies } = JSON.parse(
    readFileSync(join(ROOT, "package.json"), "utf8"),
  ) as Record<string, Record<string, string>>;
  const packages = new Set([...Object.keys(dependencies ?? {}), ...Object.keys(optionalDependencies ?? {})]);
  const folder = join(ROOT, "dist", "cli");
  const bundles = readdirSync(folder).filter((name) =>
    /^(?:chunk-.*|main|run-classify|task-thread)\.js$/.test(name),
  );
  expect(bundles.length).toBeGreaterThan(5);
  const others = new Set<string>();
  for (const name of bundles) {
    const text = readFileSync(join(folder, name), "utf8");
    for (const [, from = ""] of text.matchAll(/^(?:import|export) (?:[^;"]*? from )?"([^"]+)";$/gm)) {
      const root = from.split("/", from.startsWith("@") ? 2 : 1).join("/");
      const isOurs = from.startsWith("./") && readdirSync(folder).includes(from.slice(2));
      if (!isOurs && !isBuiltin(from) && !packages.has(root)) others.add(`${name}: ${from}`);
    }
  }
  expect([...others]).toEqual([]);
});
