import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeEach, expect, test } from "vitest";
import { createDevMail, type DevMail, keptMails } from "./dev-mail.ts";

const scratch = mkdtempSync(join(tmpdir(), "countersign-mail-"));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

let folder: string;
let now = Date.UTC(2026, 0, 1);
let mails: DevMail;
let count = 0;
beforeEach(() => {
  count += 1;
  folder = join(scratch, `${count}`);
  mails = createDevMail(folder, () => now);
});

const mail = (subject: string) => ({ to: "ada@example.com", subject, text: "a text", html: "<p>a text</p>" });

test("keeps each mail in a file of its own that its owner alone can read", async () => {
  await mails.send(mail("one"));
  const [name = ""] = readdirSync(folder);
  expect(name).toMatch(/^\d{13}-\d{6}\.json$/);
  expect(statSync(join(folder, name)).mode & 0o777).toBe(0o600);
  expect(statSync(folder).mode & 0o777).toBe(0o700);
});

test("lists the newest first, and finds each by its id", async () => {
  for (const subject of ["one", "two"]) await mails.send(mail(subject));
  now += 1000;
  await mails.send({ to: "bob@example.com", subject: "three", text: "without html" });
  expect(mails.list().map((each) => each.subject)).toEqual(["three", "two", "one"]);
  const [newest] = mails.list();
  expect(mails.find(newest?.id ?? "")).toEqual({ ...newest, sentAt: now });
  expect(newest).not.toHaveProperty("html");
});

test.each(["", "../secret", "1767225600000-000009", "..%2fsecret"])("finds nothing under the id %j", async (id) => {
  await mails.send(mail("one"));
  writeFileSync(join(scratch, "secret.json"), JSON.stringify({ ...mail("secret"), sentAt: 0 }));
  expect(mails.find(id)).toBeUndefined();
});

test("two processes may write at the same moment", async () => {
  const other = createDevMail(folder, () => now);
  for (let round = 0; round < 5; round += 1) await Promise.all([mails.send(mail("a")), other.send(mail("b"))]);
  expect(mails.list()).toHaveLength(10);
});

test("keeps a bounded number, the newest", async () => {
  for (let index = 0; index < keptMails + 3; index += 1) await mails.send(mail(`${index}`));
  expect(mails.list()).toHaveLength(keptMails);
  expect(mails.list().at(-1)?.subject).toBe("3");
});

test("a file that is no mail is passed over", async () => {
  await mails.send(mail("one"));
  writeFileSync(join(folder, "1767225600000-000777.json"), "{}");
  writeFileSync(join(folder, "notes.txt"), "not a mail");
  expect(mails.list().map((each) => each.subject)).toEqual(["one"]);
});

test("there are none before the first", () => {
  expect(mails.list()).toEqual([]);
});
