import { EndpointDataError } from "./endpoint-set.ts";

export interface WebProxies {
  readonly httpProxy?: string;
  readonly httpsProxy?: string;
}

/**
 * The proxies that http_proxy and https_proxy name, the lower-case ones first; as for curl, one without a scheme is
 * meant as http. Throws EndpointDataError for one that is no address, without repeating it: it may hold a password.
 */
export function proxiesOfEnvironment(): WebProxies {
  const [httpProxy, httpsProxy] = [proxyIn("http_proxy"), proxyIn("https_proxy")];
  return {
    ...(httpProxy === undefined ? {} : { httpProxy }),
    ...(httpsProxy === undefined ? {} : { httpsProxy }),
  };
}

function proxyIn(variable: string): string | undefined {
  const name = process.env[variable] === undefined ? variable.toUpperCase() : variable;
  const text = process.env[name] ?? "";
  if (text === "") return undefined;
  const url = /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `http://${text}`;
  const protocol = URL.canParse(url) ? new URL(url).protocol : "";
  if (!["http:", "https:", "socks5:", "socks:"].includes(protocol))
    throw new EndpointDataError(`${name} names no proxy: wanted http://HOST:PORT`);
  return url;
}
