// Numbers as people read them. Knows no page, so that scripts of the pages use it too.

/** A number with thin groups of three, as in `12 480`. */
export function grouped(number: number): string {
  return Math.round(number)
    .toString()
    .replace(/\B(?=(\d{3})+$)/g, "\u202f");
}
