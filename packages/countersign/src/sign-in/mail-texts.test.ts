import { describe, expect, it } from "vitest";
import { addressTakenMail, passwordChangedMail, resetMail, verifyMail } from "./mail-texts.ts";

const link = "https://auth.example/reset-password?token=abc&x=1";
const every = {
  resetMail: (appName: string) => resetMail({ appName, link, minutes: 30 }),
  verifyMail: (appName: string) => verifyMail({ appName, link, minutes: 1440 }),
  addressTakenMail: (appName: string) => addressTakenMail({ appName, link }),
  passwordChangedMail: (appName: string) => passwordChangedMail({ appName, link }),
};

describe.each(Object.entries(every))("%s", (_name, make) => {
  it("names the service in its subject and text", () => {
    expect(make("Acme").subject).toContain("Acme");
    expect(make("Acme").text).toContain("Acme");
  });

  it("has the link on a line of its own, whole", () => {
    expect(make("Acme").text.split("\n")).toContain(link);
  });

  it("has one link in its HTML, escaped, and shows where it leads", () => {
    const { html } = make("Acme");
    expect(html.match(/<a /g)).toHaveLength(1);
    expect(html).toContain('href="https://auth.example/reset-password?token=abc&amp;x=1"');
    expect(html).toContain("<br>https://auth.example/reset-password?token=abc&amp;x=1</p>");
  });

  it("escapes the name in HTML and leaves it as it is in text", () => {
    const mail = make('<b>A & "B"\'s</b>');
    expect(mail.html).toContain("&lt;b&gt;A &amp; &quot;B&quot;&#39;s&lt;/b&gt;");
    expect(mail.html).not.toContain("<b>");
    expect(mail.text).toContain('<b>A & "B"\'s</b>');
  });

  it("keeps line breaks of a name out of the subject", () => {
    expect(make("Acme\r\nBcc: eve@example.com\u2028x").subject).toMatch(
      /^[^\r\n\u2028]*Acme Bcc: eve@example.com x[^\r\n\u2028]*$/,
    );
  });

  it("has no blank subject, no trailing spaces and ends in one line break", () => {
    const mail = make("Acme");
    expect(mail.text).not.toMatch(/[ \t]\n/);
    expect(mail.text).toMatch(/[^\n]\n$/);
  });
});

it("escapes a link that tries to leave its attribute", () => {
  const { html } = resetMail({ appName: "Acme", link: 'https://a.example/"><script>alert(1)</script>', minutes: 30 });
  expect(html).not.toContain("<script>");
});

it.each([
  [0.5, "1 minute"],
  [1, "1 minute"],
  [30, "30 minutes"],
  [119, "119 minutes"],
  [120, "2 hours"],
  [179, "2 hours"],
  [1440, "24 hours"],
  [2879, "47 hours"],
  [2880, "2 days"],
  [10_080, "7 days"],
])("says of %d minutes: %s", (minutes, words) => {
  expect(resetMail({ appName: "Acme", link, minutes }).text).toContain(`for ${words}:`);
});

it("reads as a whole", () => {
  expect(resetMail({ appName: "Acme", link: "https://auth.example/r?token=abc", minutes: 30 }).text).toBe(
    `Somebody, probably you, asked to choose a new password for Acme.

Open this link to do so. It works once, for 30 minutes:

https://auth.example/r?token=abc

If it was not you, do nothing: your password stays as it is.
`,
  );
});
