// Asks this server for something, in JSON. Knows no answer's meaning.

/** An answer: its status and what it says; `undefined` where the server did not answer, or not in JSON. */
export interface ServerAnswer {
  readonly status: number;
  readonly body: unknown;
}

/** Sends JSON to an address of this server. Never rejects. */
export async function postJson(address: string, body: object): Promise<ServerAnswer> {
  try {
    const answer = await fetch(address, {
      method: "POST",
      headers: { "content-type": "application/json", accept: "application/json" },
      body: JSON.stringify(body),
    });
    const said: unknown = await answer.json();
    return { status: answer.status, body: said };
  } catch {
    return { status: 0, body: undefined };
  }
}
