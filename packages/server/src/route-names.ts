// Names the route of a path by its template, for logs and metrics: `/auth/sessions/{sid}`. Answers nothing.

/** A function from a path to the template that it fits, or to `unknown`: what a stranger asks for makes no names. */
export function createRouteNames(templates: readonly string[]): (path: string) => string {
  const exact = new Set(templates.filter((template) => !template.includes("{")));
  const open = templates
    .filter((template) => template.includes("{"))
    .map((template) => ({ template, pattern: toPattern(template) }));
  return (path) => {
    if (exact.has(path)) return path;
    return open.find(({ pattern }) => pattern.test(path))?.template ?? "unknown";
  };
}

function toPattern(template: string): RegExp {
  const parts = template.split(/\{\w+\}/).map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${parts.join("[^/]+")}$`);
}
