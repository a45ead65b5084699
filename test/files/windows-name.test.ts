import { afterEach, describe, expect, it } from "vitest";
import { FolderError, makeFolder } from "../../src/files/folder.ts";
import { isNullDevice, whyNoName } from "../../src/files/windows-name.ts";

const { platform } = process;
afterEach(() => void Object.defineProperty(process, "platform", { value: platform }));

describe("a name that Windows does not have for a file", () => {
  it.each([
    ["CON", "that is the name of a device on Windows"],
    ["C:\\results\\nul.csv", "that is the name of a device on Windows"],
    ["out/com1.parquet", "that is the name of a device on Windows"],
    ["findings-12:30.csv", "no name on Windows has a : in it"],
    ["C:\\results\\why?.csv", "no name on Windows has a ? in it"],
    ['C:\\results"', 'no name on Windows has a " in it'],
    ["results.", "no name on Windows ends in a dot or a space"],
    ["results ", "no name on Windows ends in a dot or a space"],
  ])("%s", (path, why) => {
    expect(whyNoName(path, "win32")).toBe(why);
    for (const other of ["linux", "darwin"] as const) expect(whyNoName(path, other)).toBeUndefined();
  });

  it.each([
    "C:\\results\\console.csv",
    "D:flows.csv",
    "..",
    ".",
    "\\\\server\\share\\a.b.csv",
    "com.csv",
    "ü.csv",
  ])("%s is one", (path) => expect(whyNoName(path, "win32")).toBeUndefined());

  it("is refused for a folder, too, before a folder above it is made", () => {
    Object.defineProperty(process, "platform", { value: "win32" });
    expect(() => makeFolder("/nowhere/2026-11-30T12:00/x")).toThrow(FolderError);
    expect(() => makeFolder("nul")).toThrow(/: that is the name of a device on Windows$/);
  });

  it("but for the device that swallows everything", () => {
    for (const name of ["NUL", "nul", "\\\\.\\nul"]) expect(isNullDevice(name, "win32")).toBe(true);
    for (const name of ["nul.csv", "x\\nul", "null"]) expect(isNullDevice(name, "win32")).toBe(false);
    expect(isNullDevice("NUL", "linux")).toBe(false);
  });
});
