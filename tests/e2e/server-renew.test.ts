// The page by which a browser without script renews its access token, against a real server whose clock the test moves.

import { systemClock } from "@countersign/verifier";
import { expect, test } from "vitest";
import { type RunningServer, startServer } from "../../packages/server/src/index.ts";
import { createPerson, type Person, scratchFolder, signIn, signUp } from "./server-fixture.ts";

const password = "correct horse battery staple";
const email = "ada@example.com";
const [at, rt] = ["__Host-Http-at", "__Secure-rt"];
const tenMinutes = 600_000;
const continuePath = "/auth/refresh/continue";
const continuePage = `${continuePath}?return_to=%2Fsessions`;
const signInPage = "/sign-in?return_to=%2Fsessions";

interface Scene extends AsyncDisposable {
  readonly server: RunningServer;
  readonly person: Person;
  readonly visitor: () => Person;
  later(ms: number): void;
}

/** A server, and a person signed in there by a JWT in cookies. */
async function scene(): Promise<Scene> {
  const folder = scratchFolder();
  let ahead = 0;
  const clock = { ...systemClock, now: () => systemClock.now() + ahead };
  const hashing = { memoryKiB: 7168 };
  const server = await startServer({ port: 0, data: folder.path, hashing }, { clock });
  const visitor = () => createPerson(server.url);
  await signUp(visitor(), email, password);
  const person = visitor();
  await signIn(person, email, password, "jwt");
  return {
    server,
    person,
    visitor,
    later: (ms) => {
      ahead += ms;
    },
    async [Symbol.asyncDispose]() {
      await server.close();
      folder[Symbol.dispose]();
    },
  };
}

test("once the access token has run out the browser is asked to continue, and the refresh token gets the next one", async () => {
  await using opened = await scene();
  const { person, later } = opened;
  const before = person.cookies()[rt];
  later(tenMinutes);
  const asked = await person.open("/sessions");
  expect(asked.path).toBe(continuePage);
  expect(person.cookies()[rt]).toBe(before);
  expect(await person.submit(continuePath)).toMatchObject({ status: 200, path: "/sessions" });
  expect(person.cookies()[rt]).not.toBe(before);
  expect(person.page.text).toContain(email);
});

test("without any cookie one signs in, and comes back", async () => {
  await using opened = await scene();
  const person = opened.visitor();
  expect((await person.open("/sessions")).path).toBe(signInPage);
  expect((await person.submit("/sign-in", { email, password })).path).toBe("/sessions");
});

test.each([
  ["the refresh token", at],
  ["the access token", rt],
])("with %s alone nothing is offered to be renewed: one signs in", async (_name, other) => {
  await using opened = await scene();
  const { person, later } = opened;
  person.forget(other);
  later(tenMinutes);
  expect((await person.open("/sessions")).path).toBe(signInPage);
  expect((await person.open(continuePage)).path).toBe(signInPage);
});

test("a refresh token whose access token is gone by the time of the click leads to the sign-in, and is not spent", async () => {
  await using opened = await scene();
  const { person, later } = opened;
  later(tenMinutes);
  await person.open("/sessions");
  const before = person.cookies();
  person.forget(at);
  const answer = await person.submitOnly(continuePath);
  expect([answer.status, answer.headers.get("location"), answer.headers.getSetCookie()]).toEqual([303, signInPage, []]);
  expect(person.cookies()[rt]).toBe(before[rt]);
});

test("a refresh token of an ended session leads to the sign-in", async () => {
  await using opened = await scene();
  const { person, visitor, later } = opened;
  later(tenMinutes);
  await person.open("/sessions");
  const elsewhere = visitor();
  await signIn(elsewhere, email, password);
  await elsewhere.submit("/sessions/sign-out-everywhere");
  expect((await person.submit(continuePath)).path).toBe(signInPage);
});

test("signing out on a page that stood open for ten minutes ends the session all the same", async () => {
  await using opened = await scene();
  const { person, server, later } = opened;
  const { auth } = server.composed;
  later(tenMinutes);
  const out = await person.submit("/sign-out");
  expect(out.path).toBe("/sign-in?done=signed-out");
  expect(Object.keys(person.cookies())).toEqual(["__Secure-device"]);
  const [sub] = (await auth.subjects.list({ limit: 1 })).map((each) => each.sub);
  const left = (await auth.sessions.list(sub ?? "")).map(({ strategy }) => strategy);
  expect(left).toEqual(["session"]);
});
