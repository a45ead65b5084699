import { win32 } from "node:path";

/** Devices of Windows in every folder, also with an ending behind them. */
const DEVICE = /^(?:con|prn|aux|nul|com[1-9¹²³]|lpt[1-9¹²³]|conin\$|conout\$)(?:\.|$)/i;

/** Whether a name is that of the device that swallows everything. */
export function isNullDevice(path: string, platform: NodeJS.Platform = process.platform): boolean {
  return platform === "win32" && /^(?:\\\\\.\\)?nul$/i.test(path);
}

/**
 * Why a file or folder cannot be called so on Windows; undefined where it can, and on other systems. Node.js would make
 * some of these files in a way in which nobody can open or delete them, or put the rows behind a colon where nobody sees them.
 */
export function whyNoName(path: string, platform: NodeJS.Platform = process.platform): string | undefined {
  if (platform !== "win32") return undefined;
  const name = win32.basename(path);
  if (DEVICE.test(name)) return "that is the name of a device on Windows";
  const sign = /[<>:"|?*]/.exec(name)?.[0];
  if (sign !== undefined) return `no name on Windows has a ${sign} in it`;
  return /[. ]$/.test(name) && !/^\.\.?$/.test(name)
    ? "no name on Windows ends in a dot or a space"
    : undefined;
}
