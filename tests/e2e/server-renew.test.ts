// The page by which a browser without script renews its access token, against a real server whose clock the test moves.

import { systemClock } from "@countersign/verifier";
import { describe, expect, test } from "vitest";
import { type RunningServer, startServer } from "../../packages/server/src/index.ts";
import { createPerson, type Person, scratchFolder, signIn, signUp } from "./server-fixture.ts";

const password = "correct horse battery staple";
const email = "ada@example.com";
const [at, rt] = ["__Host-Http-at", "__Secure-rt"];
const tenMinutes = 600_000;
const continuePath = "/auth/refresh/continue";
const continuePage = `${continuePath}?return_to=%2Fsessions`;
const signInPage = "/sign-in?return_to=%2Fsessions";
const endedPage = "/sign-in?done=ended&return_to=%2Fsessions";

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

test("the page says nothing that it cannot know: the sign-in may live, or have ended", async () => {
  await using opened = await scene();
  const { person, later } = opened;
  later(tenMinutes);
  const { text } = await person.open("/sessions");
  expect(text).toContain(
    "one click asks for the next JWT. If the sign-in has ended meanwhile, you are asked to sign in again.",
  );
});

test("whose token still counts when the session is ended elsewhere is told so at once, and signs in again", async () => {
  await using opened = await scene();
  const { person, visitor } = opened;
  const elsewhere = visitor();
  await signIn(elsewhere, email, password);
  await elsewhere.submit("/sessions/sign-out-elsewhere");
  const asked = await person.open("/sessions");
  expect(asked.path).toBe(endedPage);
  expect(asked.text).toContain("Your session has ended. Sign in again.");
  expect((await person.submit("/sign-in", { email, password })).path).toBe("/sessions");
});

test("a refresh token of an ended session leads to the sign-in, which says so", async () => {
  await using opened = await scene();
  const { person, visitor, later } = opened;
  later(tenMinutes);
  await person.open("/sessions");
  const elsewhere = visitor();
  await signIn(elsewhere, email, password);
  await elsewhere.submit("/sessions/sign-out-everywhere");
  expect((await person.submit(continuePath)).path).toBe(endedPage);
  expect(person.page.text).toContain("Your session has ended. Sign in again.");
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

describe("a hybrid", () => {
  const sid = "__Host-Http-sid";

  /** The same scene, by a hybrid: the session's cookie and a token beside it. */
  async function hybridScene(): Promise<Scene> {
    const opened = await scene();
    const person = opened.visitor();
    await signIn(person, email, password, "hybrid");
    return { ...opened, person, [Symbol.asyncDispose]: () => opened[Symbol.asyncDispose]() };
  }

  test("is recognised by its pair of cookies, and the page says that nothing was looked up", async () => {
    await using opened = await hybridScene();
    const { person } = opened;
    const page = await person.open("/sessions");
    expect(Object.keys(person.cookies())).toEqual(expect.arrayContaining([sid, at]));
    expect(page.text).toContain("By the pair of cookies");
    const { [sid]: secret = "", [at]: token = "" } = person.cookies();
    const bytes = `${sid}=${secret}; ${at}=${token}`.length;
    expect(page.text).toContain(`${bytes} bytes with each request`);
    expect(page.headers.getSetCookie()).toEqual([]);
  });

  test.each([
    ["has run out", ({ later }: Scene) => later(tenMinutes)],
    ["is gone", ({ person }: Scene) => person.forget(at)],
  ])("whose token %s is looked up and renewed in passing, and the page says so", async (_, change) => {
    await using opened = await hybridScene();
    const { person } = opened;
    const before = person.cookies();
    change(opened);
    const page = await person.open("/sessions");
    expect([page.status, page.path]).toEqual([200, "/sessions"]);
    expect(page.text).toContain("By the session cookie, whose record was looked up");
    expect(page.headers.getSetCookie().map((cookie) => cookie.split("=", 1)[0])).toEqual([at]);
    expect(person.cookies()[sid]).toBe(before[sid]);
    expect(person.cookies()[at]).not.toBe(before[at]);
    expect((await person.open("/sessions")).text).toContain("By the pair of cookies");
  });

  test("signs another device out while its token is renewed, and stays signed in", async () => {
    await using opened = await hybridScene();
    const { person, visitor, later } = opened;
    const phone = visitor();
    await signIn(phone, email, password);
    const { html } = await person.open("/sessions");
    const other = [...html.matchAll(/name="sid" value="([\w-]{16})"/g)].map(([, found = ""]) => found);
    later(tenMinutes);
    const after = await person.submit("/sessions/revoke", { sid: other[0] ?? "" });
    expect([after.path, after.text]).toEqual([
      "/sessions?done=revoked",
      expect.stringContaining("The device was signed out."),
    ]);
  });

  test("signs itself out from its list of devices", async () => {
    await using opened = await hybridScene();
    const { person } = opened;
    await person.open("/sessions");
    expect((await person.submit("/sign-out")).path).toBe("/sign-in?done=signed-out");
    expect(Object.keys(person.cookies())).toEqual(["__Secure-device"]);
  });

  test("changes its password, and goes on by new cookies", async () => {
    await using opened = await hybridScene();
    const { person } = opened;
    await person.open("/sessions");
    const before = person.cookies();
    const changed = { current_password: password, new_password: "another quite long pass phrase" };
    expect((await person.submit("/sessions/password", changed)).text).toContain("Your password was changed");
    const { [sid]: secret, [at]: token } = person.cookies();
    expect([secret === before[sid], token === before[at]]).toEqual([false, false]);
    expect(person.page.text).toContain("By the pair of cookies");
  });

  test("whose session was ended elsewhere is told so", async () => {
    await using opened = await hybridScene();
    const { person, visitor } = opened;
    const elsewhere = visitor();
    await signIn(elsewhere, email, password);
    await elsewhere.submit("/sessions/sign-out-elsewhere");
    await expect.poll(async () => (await person.open("/sessions")).path).toBe(endedPage);
    expect(person.page.text).toContain("Your session has ended. Sign in again.");
  });
});
