import { concat, Noise, u16, u24, u8 } from "../support/bytes.ts";

/**
 * Self-signed certificates (DER, Base64) for tests, made with
 * `openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 36500 -subj S -addext subjectAltName=A`.
 */

/** CN=relay.example.com, DNS:*.relay.example.com, DNS:relay.example.com, IP:192.0.2.1 */
export const NAMED_CERTIFICATE: Uint8Array = Buffer.from(
  "MIIB7TCCAZSgAwIBAgIUL3iv3ctm2Kp1M1O79Oyu5/3UO8wwCgYIKoZIzj0EAwIwLjEQMA4GA1UECgwHRXhhbXBsZTEaMBgGA1UE" +
    "AwwRcmVsYXkuZXhhbXBsZS5jb20wIBcNMjYxMTI0MDMzMTI4WhgPMjEyNjEwMzEwMzMxMjhaMC4xEDAOBgNVBAoMB0V4YW1wbGUx" +
    "GjAYBgNVBAMMEXJlbGF5LmV4YW1wbGUuY29tMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAET6j28gda1tBhW3adE/Um8oXITt6A" +
    "SIrv8uqU+s5nEFqoQcHOlxTyvUD9uOIBZJzj3RZ+V4BnVBGE7E/pI2noNaOBjTCBijAdBgNVHQ4EFgQUlznAZvrizVpcKRHWe1Vd" +
    "iNe99dwwHwYDVR0jBBgwFoAUlznAZvrizVpcKRHWe1VdiNe99dwwDwYDVR0TAQH/BAUwAwEB/zA3BgNVHREEMDAughMqLnJlbGF5" +
    "LmV4YW1wbGUuY29tghFyZWxheS5leGFtcGxlLmNvbYcEwAACATAKBggqhkjOPQQDAgNHADBEAiBwwbKfNq9SWYTwZYSmcXzjcSGU" +
    "8/JITOd7Su0DeITY9AIgVw7tu4Q58JhSGdOouvk4CNY3310uLK5o2vQg6L7c7HE=",
  "base64",
);

/** CN=Some Server, DNS:*.pool.example.net */
export const WILDCARD_CERTIFICATE: Uint8Array = Buffer.from(
  "MIIBojCCAUigAwIBAgIUDvtBDZqtwhRlGjpFQvqxOAUiNG0wCgYIKoZIzj0EAwIwFjEUMBIGA1UEAwwLU29tZSBTZXJ2ZXIwIBcN" +
    "MjYxMTI0MDMzMTI4WhgPMjEyNjEwMzEwMzMxMjhaMBYxFDASBgNVBAMMC1NvbWUgU2VydmVyMFkwEwYHKoZIzj0CAQYIKoZIzj0D" +
    "AQcDQgAEL8hDtxKFuaIMW6jTUqhyfzbJ3JuvH2grsY7SK1uJgMTSoVw5zzhVqM4jE6eCOnPUco6svA2QBZXxAmpOQl349qNyMHAw" +
    "HQYDVR0OBBYEFHuSJiO6C3RYV0NlexAQ5yBhmsyRMB8GA1UdIwQYMBaAFHuSJiO6C3RYV0NlexAQ5yBhmsyRMA8GA1UdEwEB/wQF" +
    "MAMBAf8wHQYDVR0RBBYwFIISKi5wb29sLmV4YW1wbGUubmV0MAoGCCqGSM49BAMCA0gAMEUCIQCc+lNTSPr2+depvNK1vGKlvRGO" +
    "TznyaUHes1MGodbbiAIgNADmhJNsHlvd4yHuPd9FYJ522kKP3SLoP9oya4SC0Q8=",
  "base64",
);

/** CN=old.example.org, no alternative names */
export const COMMON_NAME_CERTIFICATE: Uint8Array = Buffer.from(
  "MIIBjDCCATGgAwIBAgIUUECgNwYXW0kP6ue+bl6TSAeDkV0wCgYIKoZIzj0EAwIwGjEYMBYGA1UEAwwPb2xkLmV4YW1wbGUub3Jn" +
    "MCAXDTI2MTEyNDAzMzEyOFoYDzIxMjYxMDMxMDMzMTI4WjAaMRgwFgYDVQQDDA9vbGQuZXhhbXBsZS5vcmcwWTATBgcqhkjOPQIB" +
    "BggqhkjOPQMBBwNCAASBdtMqPtdYCHjsYcDebBVxFGXLJeb7KEQGTIu/nLnOUhHHgkdjLByKuL7/uI/HH1pR/vgs3aaIXcWc0PTy" +
    "k7oqo1MwUTAdBgNVHQ4EFgQU4Mhs8Lt7U7bz6kIqt7237fp8z4QwHwYDVR0jBBgwFoAU4Mhs8Lt7U7bz6kIqt7237fp8z4QwDwYD" +
    "VR0TAQH/BAUwAwEB/zAKBggqhkjOPQQDAgNJADBGAiEAknUWG4ff3UO0oOxsyvQfs9pk4OXw2Lj5sZ/c77le24ECIQD4cqdSfnkX" +
    "hUoTRjxyOS56kqGxSMndBkENTiLuEfJMnw==",
  "base64",
);

/** TLS 1.2: ServerHello, Certificate and ServerHelloDone, in records of at most `size` bytes. */
export function serverFlight(certificate: Uint8Array, size: number = 16384): Uint8Array {
  const message = (type: number, body: Uint8Array): Uint8Array => concat(u8(type), u24(body.length), body);
  const hello = message(2, concat(u16(0x0303), new Noise(9).bytes(32), u8(0), u16(0xc02f), u8(0)));
  const chain = concat(u24(certificate.length), certificate);
  const all = concat(hello, message(11, concat(u24(chain.length), chain)), message(14, new Uint8Array(0)));
  const records: Uint8Array[] = [];
  for (let at = 0; at < all.length; at += size) {
    const part = all.subarray(at, at + size);
    records.push(concat(u8(22), u16(0x0303), u16(part.length), part));
  }
  return concat(...records);
}
