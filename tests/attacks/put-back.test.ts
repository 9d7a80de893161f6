// Somebody who can write to the database puts back what was taken out of it: a revoked signing key stays revoked.

import { describe, expect, it } from "vitest";
import { createClient } from "../support/http-client.ts";
import { type StoreKind, signIn, signUp, startIssuer, storeKinds } from "../support/issuer.ts";

describe.each(storeKinds)("the row of a revoked signing key, put back (%s)", (store: StoreKind) => {
  it("opens nothing: neither in the process that revoked it nor in one that starts afterwards", async () => {
    await using first = await startIssuer({ store });
    const program = first.client({ kind: "program" });
    const stolen = (await signUp(program, { strategy: "jwt" })).str("access_token");
    const [row] = (await first.store.keys.list()).keys;
    if (row === undefined) throw new Error("expected a signing key");
    expect((await program.get("/auth/check", check(stolen))).status).toBe(200);
    await first.auth.keys.revoke(row.kid);
    const { revision } = await first.store.keys.list();
    expect(await first.store.keys.change(revision, { put: [row] })).toBe(true);
    // Longer than any process goes without reading its ring anew.
    first.clock.advance(20_000);

    await using second = await startIssuer({ store: first.store, issuer: first.url, clock: first.clock });
    for (const issuer of [first, second]) {
      const client = createClient(issuer.url, { kind: "program" });
      const refused = await client.get("/auth/check", check(stolen));
      expect([refused.status, refused.json.code]).toEqual([401, "credential_invalid"]);
      expect((await client.get("/.well-known/jwks.json")).text).not.toContain(row.kid);
      // The nearest accepted one: a token of the key that signs now.
      const fresh = (await signIn(client, { strategy: "jwt" })).str("access_token");
      expect((await client.get("/auth/check", check(fresh))).status).toBe(200);
      client.close();
    }
  });
});

const check = (token: string) => ({ bearer: token, headers: { "x-forwarded-method": "GET" } });
