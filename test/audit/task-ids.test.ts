import { expect, it, vi } from "vitest";

it("the id of a task tells in which form flows are stored: legs of another build of the same version are not read", async () => {
  const idWith = async (words: object): Promise<string> => {
    vi.resetModules();
    vi.doMock("../../src/flows/layout.ts", () => words);
    const { idOf } = await import("../../src/audit/task-ids.ts");
    return idOf("map", 1);
  };
  const today = await idWith({ PORTS: 8, META: 9, recordWords: () => 32 });
  expect(await idWith({ PORTS: 8, META: 9, recordWords: () => 48 })).toBe(today);
  expect(await idWith({ PORTS: 8, META: 10, recordWords: () => 32 })).not.toBe(today);
  vi.doUnmock("../../src/flows/layout.ts");
});
