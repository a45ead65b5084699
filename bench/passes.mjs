// node bench/passes.mjs CAPTURE [PASSES]: CPU seconds of the same capture read again and again in one process, so that what the
// engine takes to compile the program is told apart from what packets and flows take. Build first.
import { classify, defaultSite, expandInputs, loadEndpoints } from "../dist/index.js";

const [, , path, passes = "5"] = process.argv;
const history = loadEndpoints("worldwide");
for (let pass = 1; pass <= Number(passes); pass++) {
  const { inputs } = await expandInputs([path]);
  const before = process.cpuUsage();
  const start = performance.now();
  const { packets, flows } = await classify({
    inputs,
    site: defaultSite(),
    history,
    onFlow: () => undefined,
  });
  const { user, system } = process.cpuUsage(before);
  const wall = (performance.now() - start) / 1000;
  console.log(
    `pass ${pass}: ${packets} packets, ${flows} flows, ${((user + system) / 1e6).toFixed(2)} CPU s, ${wall.toFixed(2)} s`,
  );
}
