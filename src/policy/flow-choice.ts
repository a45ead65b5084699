import { parseAddress } from "../address/address.ts";
import { PrefixTable } from "../address/prefix-table.ts";
import type { Prefix } from "../address/prefix.ts";
import { farAddress, ourAddress } from "../results/client-subnet.ts";
import type { ResultFlow } from "../results/flow-result.ts";
import { globTest } from "../site/glob.ts";
import type { FlowChoice } from "./schema.ts";

type Test = (flow: ResultFlow) => boolean;

/** Whether a flow is one of those that a rule is about. */
export function choiceTest(choice: FlowChoice): Test {
  const tests: Test[] = [];
  const words = (list: readonly string[] | undefined, of: (flow: ResultFlow) => string | undefined): void => {
    if (list !== undefined) tests.push((flow) => list.includes(of(flow) ?? ""));
  };
  const globs = (list: readonly string[] | undefined, of: (flow: ResultFlow) => readonly string[]): void => {
    if (list === undefined) return;
    const test = anyGlobTest(list);
    tests.push((flow) => of(flow).some(test));
  };
  const addresses = (list: readonly Prefix[] | undefined, of: (flow: ResultFlow) => string): void => {
    if (list === undefined) return;
    const table = new PrefixTable(list);
    tests.push((flow) => {
      const address = parseAddress(of(flow));
      return address !== undefined && table.longest(...address.words) >= 0;
    });
  };
  words(choice.transports, (flow) => flow.transport);
  words(choice.applications, (flow) => flow.application);
  words(choice["traffic-types"], (flow) => flow.traffic_type);
  words(choice.modalities, (flow) => flow.modality);
  words(choice["service-areas"], (flow) => flow.service_area);
  words(choice.categories, (flow) => flow.category);
  words(choice["expected-paths"], (flow) => flow.expected_path);
  words(choice["client-zones"], (flow) => flow.client_zone);
  words(choice["server-zones"], (flow) => flow.server_zone);
  globs(choice.hosts, (flow) => (flow.host === undefined ? [] : [flow.host]));
  globs(choice.captures, (flow) => (flow.capture ?? "").split(";"));
  globs(choice.scenarios, (flow) => (flow.scenario ?? "").split(";"));
  const { eligible, required, ports, from, to } = choice;
  if (eligible !== undefined) tests.push((flow) => (flow.er_eligible ?? false) === eligible);
  if (required !== undefined) tests.push((flow) => (flow.required ?? false) === required);
  if (ports !== undefined)
    tests.push(({ server_port: port }) =>
      ports.some(({ first, last }) => port !== undefined && port >= first && port <= last),
    );
  // As everywhere: from `from` on, and before `to`, by the flow's first packet.
  if (from !== undefined) tests.push(({ start }) => start !== undefined && start.seconds >= from);
  if (to !== undefined) tests.push(({ start }) => start !== undefined && start.seconds < to);
  // The dearest last.
  addresses(choice.clients, ourAddress);
  addresses(choice.servers, farAddress);
  return (flow) => tests.every((test) => test(flow));
}

/** Whether a text fits one of several globs. */
export function anyGlobTest(globs: readonly string[]): (text: string) => boolean {
  const tests = globs.map(globTest);
  return (text) => tests.some((test) => test(text));
}
