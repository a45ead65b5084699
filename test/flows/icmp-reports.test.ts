import { expect, it } from "vitest";
import { type IcmpReport, IcmpReports } from "../../src/flows/icmp-reports.ts";

const [ER, INTERNET, NONE] = [0, 1, -1];

function hop(last: number, direction: 0 | 1 = 0): IcmpReport {
  return {
    kind: "time-exceeded",
    words: [0, 0, 0xffff, last],
    direction,
    packets: 1,
    firstPacket: last,
    context: 0,
  };
}

function secondsOf({ list }: IcmpReports): (number[] | undefined)[] {
  return list.map(({ since }) => since?.map(({ seconds }) => seconds));
}

it("keeps when reports began to come from another declared path, each direction alone", () => {
  const reports = new IcmpReports();
  const seen: readonly (readonly [IcmpReport, number])[] = [
    [hop(1), ER],
    [hop(9), NONE],
    [hop(2), ER],
    [hop(1), ER],
    [hop(5), INTERNET],
    [hop(5, 1), INTERNET],
    [hop(9), NONE],
    [hop(5), INTERNET],
    [hop(2), ER],
  ];
  for (const [i, [report, path]] of seen.entries()) reports.add(report, path, i, 0);
  expect(secondsOf(reports)).toEqual([[0], undefined, [8], [4], [5]]);
  expect(reports.list.map(({ packets }) => packets)).toEqual([2, 2, 2, 2, 1]);
});

it("keeps a bounded number of them, in order", () => {
  const reports = new IcmpReports();
  for (let i = 0; i < 5000; i++) reports.add(hop(i % 2), i % 2, i, 0);
  const [one = [], other = []] = secondsOf(reports);
  expect(one.length + other.length).toBe(256);
  expect(one.slice(0, 3)).toEqual([0, 2, 4]);
  expect(other.slice(0, 3)).toEqual([1, 3, 5]);
});

it("keeps the end of what goes to and fro more often than there is room for", () => {
  const reports = new IcmpReports();
  for (let i = 0; i < 300; i++) reports.add(hop(i % 2), i % 2, i, 0);
  reports.add(hop(0), ER, 1000, 0);
  const [one = [], other = []] = secondsOf(reports);
  expect(one.length + other.length).toBe(256);
  expect(one.at(-1)).toBe(1000);
  expect(Math.max(...other)).toBeLessThan(300);
});

it("a hop of a declared path finds room among those of a traceroute over many ways", () => {
  const reports = new IcmpReports();
  for (let i = 0; i < 100; i++) reports.add(hop(100 + i), NONE, i, 0);
  expect(reports.list).toHaveLength(32);
  reports.add(hop(1), INTERNET, 200, 0);
  expect(reports.list).toHaveLength(32);
  expect(secondsOf(reports).at(-1)).toEqual([200]);
});

it("hops of declared paths and who prohibits make room for nobody", () => {
  const reports = new IcmpReports();
  for (let i = 0; i < 16; i++) {
    reports.add(hop(i), ER, i, 0);
    reports.add({ ...hop(50 + i), kind: "prohibited" }, NONE, i, 0);
  }
  reports.add(hop(99), INTERNET, 200, 0);
  expect(reports.list).toHaveLength(32);
  expect(reports.list.some(({ words }) => words[3] === 99)).toBe(false);
});
