// Finds figures that are written down in words for people, where only the report may say any. For tests; knows no page.

const numbers =
  "\\d+|two|three|four|five|six|seven|eight|nine|ten|twelve|fifteen|twenty|thirty|sixty|ninety|hundred|hundreds|thousand|thousands|dozen|dozens|several";
const units = "times|fold|percent|bytes|µs|microseconds|ms|milliseconds|seconds|minutes|hours|days|weeks|months";
const written = new RegExp(
  [
    `\\b(?:${numbers})(?:\\s+of)?[\\s-]+(?:${units})\\b`,
    // Nothing that was not measured is so short.
    "\\b(?:milliseconds?|microseconds?|nanoseconds?)\\b",
    "\\d+",
  ].join("|"),
  "gi",
);

/** No figures, though they have digits: the numbers of standards, what HTTP answers, and what is code. */
const names = /\bRFC \d+|\b[45]\d\d\b|`[^`]*`/g;

/** The figures in a text. */
export function writtenFigures(text: string): readonly string[] {
  return text.replace(names, "").match(written) ?? [];
}

/** Every text within a value, at whatever depth. */
export function textsIn(value: unknown): readonly string[] {
  const texts: string[] = [];
  JSON.stringify(value, (_, each: unknown) => {
    if (typeof each === "string") texts.push(each);
    return each;
  });
  return texts;
}
