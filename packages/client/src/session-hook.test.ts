import { describe, expect, it } from "vitest";
import type { Client } from "./client.ts";
import type { Session } from "./contract.ts";
import { createUseSession, type Hooks, type SessionState } from "./session-hook.ts";
import { settle } from "./testing.ts";

const ada: Session = {
  ...{ sub: "subject-of-tests", sid: "session-of-tests", strategy: "jwt", email: "ada@example.com" },
  ...{ email_verified: true, issued_at: 1, authenticated_at: 1, expires_at: 2, amr: ["pwd"], acr: "aal1" },
  ...{ data: {}, claims: {} },
};

/** A client whose answers the test gives, one by one. */
function createQuestions() {
  const asked: PromiseWithResolvers<Session | undefined>[] = [];
  const listeners = new Set<(isSignedIn: boolean) => void>();
  const client: Pick<Client, "session" | "subscribe"> = {
    session() {
      const question = Promise.withResolvers<Session | undefined>();
      asked.push(question);
      return question.promise;
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
  const change = (isSignedIn: boolean) => {
    for (const listener of listeners) listener(isSignedIn);
  };
  return { asked, listeners, client, change };
}

/** As much of a framework as a hook needs: each component keeps its state, and effects run after drawing. */
function createFramework() {
  let drawing: { state: SessionState | undefined; effect: (() => () => void) | undefined } | undefined;
  const hooks: Hooks = {
    useState(initial) {
      const component = drawing;
      if (component === undefined) throw new Error("outside of a component");
      component.state ??= initial;
      return [component.state, (next) => (component.state = next)];
    },
    useEffect(effect) {
      if (drawing !== undefined) drawing.effect = effect;
    },
  };
  const mount = (useSession: () => SessionState) => {
    const component: NonNullable<typeof drawing> = { state: undefined, effect: undefined };
    drawing = component;
    const first = useSession();
    drawing = undefined;
    return { first, component, start: () => component.effect?.() ?? (() => undefined) };
  };
  return { hooks, mount };
}

function setting() {
  const questions = createQuestions();
  const { hooks, mount } = createFramework();
  const useSession = createUseSession(questions.client, hooks);
  return {
    ...questions,
    show() {
      const { first, component, start } = mount(useSession);
      const unmount = start();
      return { first, unmount, status: () => component.state?.status, state: () => component.state };
    },
    draw: () => mount(useSession).first,
  };
}

describe("useSession", () => {
  it("is loading until the issuer has answered, then shows who is signed in", async () => {
    const { asked, show } = setting();
    const component = show();
    expect([component.first.status, component.status()]).toEqual(["loading", "loading"]);
    asked[0]?.resolve(ada);
    await settle();
    expect(component.state()).toMatchObject({ status: "signed-in", session: ada });
  });

  it("asks nothing where nothing is mounted, as on a server", () => {
    const { asked, listeners, draw } = setting();
    expect([draw().status, asked.length, listeners.size]).toEqual(["loading", 0, 0]);
  });

  it("asks once for many components, and shows the late ones what is known", async () => {
    const { asked, show } = setting();
    const [first, second] = [show(), show()];
    asked[0]?.resolve(ada);
    await settle();
    const third = show();
    expect([first, second, third].map(({ status }) => status())).toEqual(Array(3).fill("signed-in"));
    expect([third.first.status, asked.length]).toEqual(["signed-in", 1]);
  });

  it("shows nobody, and an issuer that cannot answer, as two things", async () => {
    const { asked, show } = setting();
    const component = show();
    asked[0]?.reject(new Error("down"));
    await settle();
    expect(component.state()).toMatchObject({ status: "unavailable", error: new Error("down") });
    void component.state()?.reload();
    asked[1]?.resolve(undefined);
    await settle();
    expect(component.status()).toBe("signed-out");
  });

  it("follows a sign-in by asking, and a sign-out at once", async () => {
    const { asked, change, show } = setting();
    const component = show();
    asked[0]?.resolve(undefined);
    await settle();
    change(true);
    asked[1]?.resolve(ada);
    await settle();
    expect(component.status()).toBe("signed-in");
    change(false);
    expect([component.status(), asked.length]).toEqual(["signed-out", 2]);
  });

  it("does not let an answer that comes late undo a sign-out", async () => {
    const { asked, change, show } = setting();
    const component = show();
    change(false);
    asked[0]?.resolve(ada);
    await settle();
    expect(component.status()).toBe("signed-out");
  });

  it("shows the answer to the latest question, whichever comes last", async () => {
    const { asked, change, show } = setting();
    const component = show();
    change(true);
    asked[1]?.resolve(ada);
    asked[0]?.resolve(undefined);
    await settle();
    expect(component.status()).toBe("signed-in");
  });

  it("listens while a component is mounted, and asks again when one is anew", async () => {
    const { asked, listeners, show } = setting();
    const [first, second] = [show(), show()];
    first.unmount();
    expect(listeners.size).toBe(1);
    second.unmount();
    expect(listeners.size).toBe(0);
    show();
    expect([listeners.size, asked.length]).toEqual([1, 2]);
  });
});
