import { createRequire } from "node:module";

type Crypto = typeof import("node:crypto");

let crypto: Crypto | undefined;

/** node:crypto, loaded when it is first needed, since it costs some 5 ms; `process.getBuiltinModule` came with Node 22.3. */
export function nodeCrypto(): Crypto {
  return (crypto ??= createRequire(import.meta.url)("node:crypto") as Crypto);
}
