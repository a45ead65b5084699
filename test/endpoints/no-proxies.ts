import { vi } from "vitest";

/** A proxy of the machine that runs the tests has no part in them; undone by vi.unstubAllEnvs. */
export function stubNoProxies(): void {
  for (const name of ["HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY"]) {
    vi.stubEnv(name, undefined);
    vi.stubEnv(name.toLowerCase(), undefined);
  }
}
