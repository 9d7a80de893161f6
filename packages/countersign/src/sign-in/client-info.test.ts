import { describe, expect, it } from "vitest";
import { addressBlock, clientAddress, clientLabel } from "./client-info.ts";

describe("clientLabel", () => {
  it.each([
    ["Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox on Linux"],
    [
      "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) FxiOS/140.0 Mobile/15E148 Safari/605.1.15",
      "Firefox on iPhone",
    ],
    [
      "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36",
      "Chrome on Windows",
    ],
    [
      "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/130.0.0.0 Safari/537.36",
      "Chrome on Linux",
    ],
    [
      "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36 Edg/130.0.0.0",
      "Edge on Windows",
    ],
    [
      "Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36 OPR/115.0.0.0",
      "Opera on ChromeOS",
    ],
    [
      "Mozilla/5.0 (Linux; Android 14; SM-S901B) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/26.0 Chrome/122.0.0.0 Mobile Safari/537.36",
      "Samsung Internet on Android",
    ],
    [
      "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Safari/605.1.15",
      "Safari on macOS",
    ],
    [
      "Mozilla/5.0 (iPad; CPU OS 17_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.0 Mobile/15E148 Safari/604.1",
      "Safari on iPad",
    ],
    ["Mozilla/5.0 (X11; Linux x86_64) Something/1.0", "Browser on Linux"],
    ["curl/8.11.0", "curl"],
    ["curl", "curl"],
    ["python-requests/2.32.3", "python-requests"],
    ["PostmanRuntime/7.43.0", "PostmanRuntime"],
  ])("reads %s", (userAgent, label) => {
    expect(clientLabel(userAgent)).toBe(label);
  });

  it.each([
    ["no header", undefined],
    ["an empty one", ""],
    ["only a claim that everybody makes", "Mozilla/5.0"],
    ["a product name that is too long", `${"a".repeat(33)}/1.0`],
    ["markup", "<script>alert(1)</script>"],
    ["a lone number", "1234"],
  ])("does not know %s", (_name, userAgent) => {
    expect(clientLabel(userAgent)).toBe("Unknown client");
  });

  it("drops control characters and other scripts", () => {
    expect(clientLabel("cu\u001b[31mrl\r\n\u202e")).toBe("Unknown client");
    expect(clientLabel("cu\r\nrl/8.0")).toBe("curl");
  });

  it("keeps its label through an update of the program", () => {
    expect(clientLabel("curl/8.11.0")).toBe(clientLabel("curl/9.0.0"));
  });

  it("looks at a bounded piece only", () => {
    expect(clientLabel(`Mozilla/5.0 ${"x".repeat(500)} Firefox/140.0`)).toBe("Unknown client");
    expect(clientLabel("Firefox/".repeat(100_000)).length).toBeLessThanOrEqual(64);
  });
});

describe("clientAddress", () => {
  it.each([
    ["an IPv4 socket", "192.0.2.1", "192.0.2.1"],
    ["an IPv4 address mapped into IPv6", "::ffff:192.0.2.1", "192.0.2.1"],
    ["the same in hexadecimal", "::FFFF:c000:0201", "192.0.2.1"],
    ["the same at full length", "0:0:0:0:0:ffff:c000:201", "192.0.2.1"],
    ["an IPv6 address in long form", "2001:0DB8:0000:0000:0000:0000:0000:0001", "2001:db8::1"],
    ["a zone", "fe80::1%eth0", "fe80::1"],
    ["the loopback", "::1", "::1"],
    ["something else", "socket", undefined],
    ["no address", undefined, undefined],
  ])("reads %s", (_name, remote, address) => {
    expect(clientAddress(remote, undefined, 0)).toBe(address);
  });

  const proxy = "10.0.0.9";
  it.each([
    ["no hops: the header is ignored", "203.0.113.7", 0, proxy],
    ["one hop: the last entry", "203.0.113.7", 1, "203.0.113.7"],
    ["one hop: what a stranger put in front is ignored", "1.1.1.1, 203.0.113.7", 1, "203.0.113.7"],
    ["two hops: the last but one", "1.1.1.1, 203.0.113.7, 10.0.0.8", 2, "203.0.113.7"],
    ["brackets and a port", "[2001:db8::1]:443", 1, "2001:db8::1"],
    ["brackets alone", "[2001:DB8::1]", 1, "2001:db8::1"],
    ["an IPv4 port", "203.0.113.7:51234", 1, "203.0.113.7"],
    ["a zone in brackets", "[fe80::1%en0]", 1, "fe80::1"],
    ["a zone of strange characters", "fe80::1%<b>", 1, proxy],
    ["a mapped address", "::ffff:203.0.113.7", 1, "203.0.113.7"],
    ["fewer entries than hops", "203.0.113.7", 2, proxy],
    ["an empty header", "", 1, proxy],
    ["an empty entry", "203.0.113.7, ", 1, proxy],
    ["a name", "unknown", 1, proxy],
    ["leading zeros, which some read as octal", "203.0.113.007", 1, proxy],
    ["an IPv4 address in brackets", "[203.0.113.7]", 1, proxy],
    ["a number", "3405803783", 1, proxy],
    ["a port alone", ":443", 1, proxy],
    ["a URL", "http://203.0.113.7/", 1, proxy],
    ["a malformed entry that is not ours", "garbage, 203.0.113.7", 1, "203.0.113.7"],
  ])("with %s", (_name, header, hops, address) => {
    expect(clientAddress(proxy, header, hops)).toBe(address);
  });

  it("takes an absent header for none", () => {
    expect(clientAddress(proxy, null, 1)).toBe(proxy);
    expect(clientAddress(proxy, undefined, 1)).toBe(proxy);
  });
});

describe("addressBlock", () => {
  it.each([
    ["192.0.2.1", "192.0.2.1"],
    ["::ffff:192.0.2.1", "192.0.2.1"],
    ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"],
    ["2001:db8:1:2::", "2001:db8:1:2::/64"],
    ["2001:0DB8:0001:0002:ffff::1", "2001:db8:1:2::/64"],
    ["2001:db8::1", "2001:db8::/64"],
    ["2001:db8:0:0:ffff:ffff:ffff:ffff", "2001:db8::/64"],
    ["2001:db8:0:1::1", "2001:db8:0:1::/64"],
    ["fe80::1%eth0", "fe80::/64"],
    ["::1", "::/64"],
    ["garbage", "unknown"],
    [undefined, "unknown"],
  ])("of %s is %s", (address, block) => {
    expect(addressBlock(address)).toBe(block);
  });

  it("tells neighbouring IPv4 addresses apart", () => {
    expect(addressBlock("192.0.2.1")).not.toBe(addressBlock("192.0.2.2"));
  });
});
