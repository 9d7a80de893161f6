// JSON on one line with room to break it. Knows neither pages nor what the value means.

/** A value as JSON, with a space after each comma between members and after each colon. Text inside keeps every character of its own. */
export function spacedJson(value: object): string {
  // Within texts there are no line breaks: JSON escapes them.
  return JSON.stringify(value, null, 1)
    .replace(/([{[])\n\s*/g, "$1")
    .replace(/\n\s*([\]}])/g, "$1")
    .replace(/\n\s*/g, " ");
}
