// The timeline of lifetimes: limits to drag, and how long a theft lasts under them. Computes nothing itself.

import { html } from "htm/preact";
import { useState } from "preact/hooks";
import {
  configurationOf,
  judgeLifetimes,
  type Lifetimes,
  type Limit,
  limits,
  placeOf,
  presets,
  stopOf,
  stops,
  withLimit,
} from "./lifetimes.ts";
import { judgeThefts, type Theft } from "./theft.ts";
import { exampleButtons, findingList, prose, type View } from "./views.ts";
import { spanText } from "./words.ts";

const [standard] = presets;

/** The timeline. */
export function LifetimesTool({ start = standard?.lifetimes }: { readonly start?: Lifetimes }): View | null {
  const [lifetimes, setLifetimes] = useState(start);
  const [isOwnerActive, setOwnerActive] = useState(true);
  if (lifetimes === undefined) return null;
  const choices = presets.map(({ name, lifetimes: preset }) => ({ name, load: () => setLifetimes(preset) }));
  return html`<div class="tool">
    ${exampleButtons("Begin with", choices)}
    <div class="timeline">
      ${limits.map((limit) => slider(limit, lifetimes, setLifetimes))}
      ${axis()}
      <h3 class="timeline-title" id="theft-title">A stolen credential works for</h3>
      ${judgeThefts(lifetimes, isOwnerActive).map((theft) => lane(theft, lifetimes))}
      ${axis()}
      <ul class="timeline-legend">
        <li><span class="key key-before"></span>until the sign-in is ended</li>
        <li><span class="key key-after"></span>and still after that</li>
        <li><span class="key key-unnoticed"></span>if nobody noticed</li>
      </ul>
    </div>
    <p class="try-check">
      <input id="owner-active" type="checkbox" checked=${isOwnerActive} onChange=${() => setOwnerActive(!isOwnerActive)} autocomplete="off" />
      <label for="owner-active">The owner goes on using the application, so that their client renews, too</label>
    </p>
    ${findingList(judgeLifetimes(lifetimes))}
    ${configurationView(configurationOf(lifetimes))}
  </div>`;
}

function slider(limit: Limit, lifetimes: Lifetimes, setLifetimes: (next: Lifetimes) => void): View {
  const { key, name, hint } = limit;
  const seconds = lifetimes[key];
  const id = `limit-${key}`;
  const drag = ({ currentTarget }: Event) => {
    if (!(currentTarget instanceof HTMLInputElement)) return;
    const next = withLimit(lifetimes, limit, currentTarget.valueAsNumber);
    // Where a bound holds it back, nothing is drawn anew, and the thumb would stay where it was dragged.
    currentTarget.value = `${stopOf(next[key])}`;
    setLifetimes(next);
  };
  return html`<div class=${`lane limit limit-${key}`}>
    <div class="lane-words">
      <label for=${id}>${name}</label>
      <output for=${id}>${spanText(seconds)}</output>
      <p class="lane-hint" id=${`${id}-hint`}>${hint}</p>
    </div>
    <input
      id=${id}
      type="range"
      min="0"
      max=${stops.length - 1}
      step="1"
      value=${stopOf(seconds)}
      aria-valuetext=${spanText(seconds)}
      aria-describedby=${`${id}-hint`}
      onInput=${drag}
      autocomplete="off"
    />
  </div>`;
}

const ticks = [
  [1, "1 s"],
  [60, "1 min"],
  [3600, "1 h"],
  [86_400, "1 d"],
  [30 * 86_400, "30 d"],
] as const;

/** The drawing is as wide as this; the browser stretches it. */
const width = 1000;

function axis(): View {
  return html`<div class="lane-axis" aria-hidden="true">
    ${ticks.map(([seconds, name]) => html`<span class="tick" style=${{ left: `${placeOf(seconds) * 100}%` }}>${name}</span>`)}
  </div>`;
}

const strategyNames = { session: "Session", jwt: "JWT", hybrid: "Hybrid" } as const;

function lane(theft: Theft, { noticed }: Lifetimes): View {
  const { strategy, what, worksFor, afterSignOut, unnoticed, why } = theft;
  const before = worksFor - afterSignOut;
  return html`<div class=${`lane theft theft-${strategy}`}>
    <div class="lane-words">
      <p class="theft-what"><span class=${`badge badge-${strategy}`}>${strategyNames[strategy]}</span>${" "}${what}</p>
      <p class="theft-span"><strong>${spanText(worksFor)}</strong>${afterSignOut > 0 ? `, ${spanText(afterSignOut)} of it after sign-out` : worksFor < noticed ? ", over before anybody noticed" : ", none of it after sign-out"}</p>
    </div>
    <svg class="lane-bar" viewBox=${`0 0 ${width} 20`} preserveAspectRatio="none" aria-hidden="true">
      <rect class="bar-ground" x="0" y="8" width=${width} height="4" />
      <rect class="bar-unnoticed" x="0" y="7" width=${at(unnoticed)} height="6" />
      <rect class="bar-before" x="0" y="3" width=${at(before)} height="14" />
      <rect class="bar-after" x=${at(before)} y="3" width=${Math.max(at(worksFor) - at(before), afterSignOut > 0 ? 6 : 0)} height="14" />
    </svg>
    <details class="lane-why">
      <summary>Why, and if nobody notices</summary>
      <p>${prose(why)}${" "}If nobody notices: ${spanText(unnoticed)}.</p>
    </details>
  </div>`;
}

function at(seconds: number): number {
  return Math.round(placeOf(Math.max(seconds, 1)) * width);
}

function configurationView(configuration: string | undefined): View {
  if (configuration === undefined) {
    return html`<p class="try-words">The server would not start with these lifetimes, so there is no configuration to paste.</p>`;
  }
  return html`<details class="try-more">
    <summary>The configuration of these lifetimes</summary>
    <pre class="terminal" tabindex="0"><code>${configuration}</code></pre>
  </details>`;
}
