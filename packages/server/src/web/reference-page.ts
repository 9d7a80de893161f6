// The reference of the HTTP interface, from its OpenAPI document. Knows no route by name.

import { html, type Piece, prose } from "./html.ts";
import {
  type Answer,
  type Content,
  type Group,
  type Operation,
  type Row,
  readOpenApi,
  type Shape,
} from "./openapi-reading.ts";
import { type PageContext, page } from "./page.ts";
import { paths } from "./paths.ts";

/** What the reference shows. */
export interface ReferenceModel {
  /** An OpenAPI 3.1 document. */
  readonly document: object;
  /** Where the examples send their requests: `http://localhost:4000`. */
  readonly origin: string;
}

/** The reference of the HTTP interface. */
export function referencePage(context: PageContext, model: ReferenceModel): string {
  const reading = readOpenApi(model.document, model.origin);
  return page(context, {
    title: "API reference",
    description: "The HTTP interface of Countersign: every route with its parameters, answers and an example.",
    path: paths.reference,
    content: html`<div class="reference">
      <nav class="reference-nav" aria-label="Routes">${reading.groups.map(groupLinks)}</nav>
      <div class="reference-body">
        <h1>API reference</h1>
        <p class="introduction">${reading.title} ${reading.version}. For machines: <a href=${paths.openApi}>the OpenAPI document</a>.</p>
        ${paragraphs(reading.description)}
        <details class="reference-routes">
          <summary>All routes</summary>
          <nav aria-label="All routes">${reading.groups.map(groupLinks)}</nav>
        </details>
        ${reading.groups.map(group)}
      </div>
    </div>`,
  });
}

function groupLinks(entry: Group): Piece {
  return html`<div class="reference-nav-group">
    <p>${entry.name}</p>
    <ul>${entry.operations.map((operation) => html`<li><a href=${`#${operation.id}`}><span class=${methodClass(operation)}>${operation.method}</span>${" "}<span class="wrap-anywhere">${operation.path}</span></a></li>`)}</ul>
  </div>`;
}

function group(entry: Group): Piece {
  return html`<section class="reference-group">
    <h2>${entry.name}</h2>
    ${paragraphs(entry.description)}
    ${entry.operations.map(operationPart)}
  </section>`;
}

function operationPart(operation: Operation): Piece {
  return html`<article class="operation" id=${operation.id} aria-labelledby=${`${operation.id}-title`}>
    <h3 id=${`${operation.id}-title`}><span class=${methodClass(operation)}>${operation.method}</span>${" "}<code class="wrap-anywhere">${operation.path}</code></h3>
    ${operation.summary === "" ? null : html`<p class="operation-summary">${prose(operation.summary)}</p>`}
    ${paragraphs(operation.description)}
    <p class="operation-credential">${prose(credentialWords(operation.credentials))}</p>
    ${operation.parameters.length === 0 ? null : html`<h4>Parameters</h4>${rowTable(operation.parameters, `Parameters of ${operation.method} ${operation.path}`)}`}
    ${operation.body === undefined ? null : bodyPart(operation.body, operation)}
    <h4>Answers</h4>
    <div class="answers">${operation.answers.map((answer) => answerPart(answer, operation))}</div>
    <h4>Example</h4>
    <pre class="terminal" tabindex="0"><code>${operation.curl}</code></pre>
  </article>`;
}

function credentialWords(credentials: readonly string[]): string {
  return credentials.length === 0 ? "Needs no credential." : `Credential: ${[...new Set(credentials)].join(" · ")}.`;
}

function bodyPart(body: Content, operation: Operation): Piece {
  return html`<div>
    <h4>Body <span class="media-type">${body.type}</span></h4>
    ${body.shapes.map((shape) => shapePart(shape, `Body of ${operation.method} ${operation.path}`))}
  </div>`;
}

function answerPart(answer: Answer, operation: Operation): Piece {
  const head = html`<span class=${`status status-${answer.status.slice(0, 1)}`}>${answer.status}</span><span class="answer-words">${prose(answer.description)}</span>`;
  const { content, headers } = answer;
  if (content === undefined && headers.length === 0) return html`<p class="answer answer-plain">${head}</p>`;
  const whole = `answer ${answer.status} of ${operation.method} ${operation.path}`;
  return html`<details class="answer">
    <summary>${head}</summary>
    ${headers.length === 0 ? null : html`<p class="shape-title">Headers</p>${rowTable(headers, `Headers of ${whole}`)}`}
    ${content === undefined ? null : answerBody(content, `Body of ${whole}`)}
  </details>`;
}

function answerBody(content: Content, caption: string): Piece {
  return html`<div>
    <p class="media-type">${content.type}</p>
    ${content.shapes.map((shape) => shapePart(shape, caption))}
    ${content.example === undefined ? null : html`<pre class="terminal" tabindex="0"><code>${content.example}</code></pre>`}
  </div>`;
}

function shapePart(shape: Shape, caption: string): Piece {
  const name = shape.title === "" ? caption : `${caption}: ${shape.title}`;
  return html`<div class="shape">
    ${shape.title === "" ? null : html`<p class="shape-title">${prose(shape.title)}</p>`}
    ${shape.rows.length === 0 ? null : rowTable(shape.rows, name)}
  </div>`;
}

function rowTable(rows: readonly Row[], caption: string): Piece {
  return html`<div class="row-table" tabindex="0" role="region" aria-label=${caption}>
    <table role="table">
      <caption class="visually-hidden">${caption}</caption>
      <thead role="rowgroup"><tr role="row"><th scope="col" role="columnheader">Name</th><th scope="col" role="columnheader">Type</th><th scope="col" role="columnheader">Meaning</th></tr></thead>
      <tbody role="rowgroup">${rows.map(
        (row) => html`<tr role="row">
        <th scope="row" role="rowheader"><code>${row.name}</code>${row.required ? html`${" "}<span class="required">required</span>` : null}</th>
        <td role="cell"><code>${row.type}</code></td>
        <td role="cell">${prose(row.notes)}</td>
      </tr>`,
      )}</tbody>
    </table>
  </div>`;
}

function methodClass(operation: Operation): string {
  return `method method-${operation.method.toLowerCase()}`;
}

function paragraphs(text: string): readonly Piece[] {
  return text
    .split(/\n\s*\n/)
    .filter((paragraph) => paragraph.trim() !== "")
    .map((paragraph) => html`<p>${prose(paragraph)}</p>`);
}
