import { describe, expect, it } from "vitest";
import { StunClass, StunFlavour, StunMethod } from "../../../src/protocols/stun.ts";
import { addressAt, message, recognised, stunOf } from "./reading-stun.ts";
import { RFC_5769 } from "./stun.ts";

describe("RFC 5769", () => {
  it("2.1: request with user name, priority, FINGERPRINT", () => {
    expect(stunOf(RFC_5769.request)).toMatchObject({
      flavour: StunFlavour.rfc5389,
      class: StunClass.request,
      method: StunMethod.binding,
      hasPriority: true,
    });
    expect(message.text(message.usernameAt, message.usernameLength)).toBe("evtj:h6vY");
    expect(message.fingerprintFits()).toBe(true);
  });

  it.each([
    ["2.2", RFC_5769.ipv4Response, "192.0.2.1 32853"],
    ["2.3", RFC_5769.ipv6Response, "2001:db8:1234:5678:11:2233:4455:6677 32853"],
  ])("%s: response with XOR-MAPPED-ADDRESS", (_, text, mapped) => {
    expect(stunOf(text)).toMatchObject({ flavour: StunFlavour.rfc5389, class: StunClass.success });
    expect(addressAt(message.xorMappedAt, true)).toBe(mapped);
    expect(message.text(message.softwareAt, message.softwareLength)).toBe("test vector");
    expect(message.fingerprintFits()).toBe(true);
  });

  it("2.4: long-term credentials, no FINGERPRINT, a user name that is not ASCII", () => {
    expect(stunOf(RFC_5769.longTermRequest)).toMatchObject({
      flavour: StunFlavour.rfc5389,
      class: StunClass.request,
      attributes: 4,
      usernameLength: 18,
      microsoft: false,
    });
    expect(message.text(message.usernameAt, message.usernameLength)).toBe(".".repeat(18));
    expect(message.fingerprintFits()).toBe(false);
    expect(recognised(RFC_5769.longTermRequest)).toMatchObject({ application: "stun", rule: "stun-cookie" });
  });
});
